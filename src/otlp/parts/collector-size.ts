import { at32 } from '../wire/at.js';
import type { Batch } from '../batch.js';
import { skipValue, tagAt, varintEnd, varintSize } from '../wire/varint.js';

/**
 * The bytes that the Collector would count for a batch (sizer `bytes`). It writes the ids of a span or log record even when they are
 * empty, two bytes each: so its own encoding is longer than the shortest one by 4 per log record without trace and span id, and by 2
 * per span without parent (test/recorded/delivery, `sizes-bytes`). Everything else counts as it came.
 */
export function collectorSize(batch: Batch): number {
  const size = batch.bytes.length;
  if (batch.signal !== 'traces' && batch.signal !== 'logs') return size;
  const { resources, scopes, items } = batch.index;
  let growth = 0;
  let scope = 0;
  let item = 0;
  for (let resource = 0; resource < resources.length; resource += 4) {
    const lastScope = resource + 4 < resources.length ? at32(resources, resource + 7) * 4 : scopes.length;
    let inResource = 0;
    for (; scope < lastScope; scope += 4) {
      const lastItem = scope + 4 < scopes.length ? at32(scopes, scope + 7) * 4 : items.length;
      let inScope = 0;
      for (; item < lastItem; item += 4) inScope += framed(items, item, itemGrowth(batch, item));
      inResource += framed(scopes, scope, inScope);
    }
    growth += framed(resources, resource, inResource);
  }
  return size + growth;
}

/** By how much the body of the item in row `row` (an offset into `index.items`) grows. */
export function itemGrowth(batch: Batch, row: number): number {
  if (batch.signal !== 'traces' && batch.signal !== 'logs') return 0;
  const { bytes } = batch;
  const end = at32(batch.index.items, row + 2);
  const traces = batch.signal === 'traces';
  // Bits of the ids seen: trace id, span id, parent span id.
  let seen = traces ? 0 : 4;
  for (let at = at32(batch.index.items, row + 1); at < end && seen !== 7;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    if (traces ? tag === 10 : tag === 74) seen |= 1;
    else if (traces ? tag === 18 : tag === 82) seen |= 2;
    else if (traces && tag === 34) seen |= 4;
    at = skipValue(bytes, at, tag % 8);
  }
  return (seen & 1 ? 0 : 2) + (seen & 2 ? 0 : 2) + (seen & 4 ? 0 : 2);
}

/** A body's growth with that of the length before it. */
function framed(rows: Int32Array, row: number, growth: number): number {
  if (growth === 0) return 0;
  const body = at32(rows, row + 2) - at32(rows, row + 1);
  return growth + varintSize(body + growth) - varintSize(body);
}
