import type { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { skipValue, tagAt, varintEnd, varintSize } from '../wire/varint.js';

/**
 * The bytes that the Collector would count for a batch (sizer `bytes`). It writes the ids of a span or log record even
 * when they are empty, two bytes each: so its own encoding is longer than the shortest one by 4 per log record without
 * trace and span id, and by 2 per span without parent (test/recorded/delivery, `sizes-bytes`). Everything else counts
 * as it came.
 */
export function collectorSize(batch: Batch): number {
  const size = batch.bytes.length;
  if (batch.signal !== 'traces' && batch.signal !== 'logs') return size;
  const { index } = batch;
  let growth = 0;
  for (let resource = 0; resource < index.resourceCount; resource++) {
    let inResource = 0;
    for (let scope = index.firstScope(resource); scope < index.firstScope(resource + 1); scope++) {
      let inScope = 0;
      for (let item = index.firstItem(scope); item < index.firstItem(scope + 1); item++)
        inScope += framed(index.itemTo(item) - index.itemFrom(item), itemGrowth(batch, item));
      inResource += framed(index.scopeTo(scope) - index.scopeFrom(scope), inScope);
    }
    growth += framed(index.resourceTo(resource) - index.resourceFrom(resource), inResource);
  }
  return size + growth;
}

/** Tags of the ids that the Collector always writes. */
const ids = {
  traces: [tagOf('Span', 'trace_id'), tagOf('Span', 'span_id'), tagOf('Span', 'parent_span_id')],
  logs: [tagOf('LogRecord', 'trace_id'), tagOf('LogRecord', 'span_id')],
} as const;

/** By how much the body of item `item` grows: two bytes for each id that was not sent. */
export function itemGrowth({ bytes, index, signal }: Batch, item: number): number {
  if (signal !== 'traces' && signal !== 'logs') return 0;
  const tags: readonly number[] = ids[signal];
  const end = index.itemTo(item);
  const all = (1 << tags.length) - 1;
  let missing = all;
  for (let at = index.itemFrom(item); at < end && missing !== 0;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    for (let i = 0; i < tags.length; i++) if (tags[i] === tag) missing &= ~(1 << i);
    at = skipValue(bytes, at, tag % 8);
  }
  let growth = 0;
  for (let rest = missing; rest > 0; rest >>= 1) growth += (rest & 1) * 2;
  return growth;
}

/** A body's growth with that of the length before it. */
function framed(body: number, growth: number): number {
  return growth === 0 ? 0 : growth + varintSize(body + growth) - varintSize(body);
}
