import { Backing } from '../otlp/view/backing.js';
import { ExemplarView } from '../otlp/view/exemplar.js';
import type { ExposedExemplar } from './exposed.js';
import type { Label } from './labels.js';

/** Bytes before each exemplar: its length. */
const prefix = 4;

/** Where the exemplars of the present point stand. */
const places: number[] = [];
const nothing = new Uint8Array(0);

/** Exemplars of OTLP one after the other, in `into` where they fit; undefined when there is none. */
export function keepExemplars(exemplars: ExemplarView, into: Buffer | undefined): Buffer | undefined {
  let size = 0;
  let source: Uint8Array = nothing;
  places.length = 0;
  while (exemplars.next()) {
    source = exemplars.backing.bytes;
    places.push(exemplars.start, exemplars.end);
    size += exemplars.end - exemplars.start + prefix;
  }
  if (size === 0) return undefined;
  const bytes = into && into.length === size ? into : Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (let i = 0; i < places.length; i += 2) {
    const from = places[i] ?? 0;
    const to = places[i + 1] ?? 0;
    at = bytes.writeUInt32LE(to - from, at);
    bytes.set(source.subarray(from, to), at);
    at += to - from;
  }
  return bytes;
}

const view = new ExemplarView();
const backing = new Backing();
const none: readonly ExposedExemplar[] = [];

/** The exemplars that `keepExemplars` has kept, with their trace and span as labels. */
export function keptExemplars(bytes: Buffer | undefined): readonly ExposedExemplar[] {
  if (!bytes) return none;
  const found: ExposedExemplar[] = [];
  backing.bytes = bytes;
  for (let at = 0; at < bytes.length;) {
    const from = at + prefix;
    at = from + bytes.readUInt32LE(at);
    view.move(backing, from, at);
    found.push({
      value: view.type === 'int' ? view.asInt.toSigned() : view.asDouble,
      time: view.timeUnixNano.toNumber() / 1e9,
      labels: traceLabels(view),
    });
  }
  backing.drop();
  return found;
}

/** The span and the trace of an exemplar, where it has them. */
export function traceLabels({ traceId, spanId }: ExemplarView): Label[] {
  const labels: Label[] = [];
  if (isSet(spanId)) labels.push(['span_id', spanId.hex()]);
  if (isSet(traceId)) labels.push(['trace_id', traceId.hex()]);
  return labels;
}

function isSet({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return true;
  return false;
}

/** By bucket, the last one for that of infinity: the last exemplar that fell into it. */
export function exemplarsByBucket(
  bounds: Float64Array,
  exemplars: readonly ExposedExemplar[],
): readonly (ExposedExemplar | undefined)[] {
  const byBucket: (ExposedExemplar | undefined)[] = [];
  for (const exemplar of exemplars) byBucket[bucketOf(bounds, exemplar.value)] = exemplar;
  return byBucket;
}

/** The first bucket whose bound is not below the value. */
export function bucketOf(bounds: ArrayLike<number>, value: number): number {
  let low = 0;
  for (let high = bounds.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
