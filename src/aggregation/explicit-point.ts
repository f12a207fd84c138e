import type { ExplicitFields } from '../otlp/build/point-fields.js';
import type { HistogramPointView } from '../otlp/view/points.js';
import { floatAt } from '../otlp/wire/at.js';
import type { Chunk } from './byte-store.js';
import { Counts } from './counts.js';
import { Measured, measuredBytes } from './measured.js';

/** The number of bounds and of buckets, and the total. */
const headBytes = 16;
/** Bounds for which memory is kept. */
const mostKept = 1 << 14;

/** A histogram's point, decoded, for arithmetic. Made once and read again for each point. */
export class ExplicitPoint extends Measured implements ExplicitFields {
  readonly totals: Counts = new Counts().resize(1);
  readonly buckets: Counts = new Counts();
  bounds: Float64Array = new Float64Array(32);
  boundCount = 0;

  read(point: HistogramPointView): void {
    this.readMeasured(point);
    const { low, high } = point.count;
    this.totals.set(0, low, high);
    this.buckets.clear();
    for (const counts = point.bucketCounts(); counts.next();) this.buckets.push(counts.value);
    this.#clearBounds();
    for (const bounds = point.explicitBounds(); bounds.next();) {
      this.#reach(this.boundCount + 1);
      this.bounds[this.boundCount++] = bounds.value;
    }
  }

  /** Whether another has the same buckets. */
  hasShapeOf(other: ExplicitPoint): boolean {
    if (this.boundCount !== other.boundCount || this.buckets.length !== other.buckets.length) return false;
    for (let i = 0; i < this.boundCount; i++)
      if (!Object.is(floatAt(this.bounds, i), floatAt(other.bounds, i))) return false;
    return true;
  }

  /** Adds a point with the same buckets. */
  add(other: ExplicitPoint): void {
    this.totals.add(0, other.totals.low(0), other.totals.high(0));
    for (let i = 0; i < this.buckets.length; i++) this.buckets.add(i, other.buckets.low(i), other.buckets.high(i));
    this.addMeasured(other);
  }

  /** Subtracts an earlier point with the same buckets; false when it is none, as a count is greater in it. */
  subtract(earlier: ExplicitPoint): boolean {
    if (!this.totals.subtract(0, earlier.totals.low(0), earlier.totals.high(0))) return false;
    for (let i = 0; i < this.buckets.length; i++)
      if (!this.buckets.subtract(i, earlier.buckets.low(i), earlier.buckets.high(i))) return false;
    this.subtractMeasured(earlier);
    return true;
  }

  /** Bytes that `store` writes. */
  get size(): number {
    return headBytes + measuredBytes + (this.boundCount + this.buckets.length) * 8;
  }

  /** Writes the point to a chunk from byte `at` on, a multiple of 8. */
  store({ words32, floats }: Chunk, at: number): void {
    words32[at >> 2] = this.boundCount;
    words32[(at >> 2) + 1] = this.buckets.length;
    words32[(at >> 2) + 2] = this.totals.low(0);
    words32[(at >> 2) + 3] = this.totals.high(0);
    this.storeMeasured(words32, floats, at + headBytes);
    const bounds = at + headBytes + measuredBytes;
    floats.set(this.bounds.subarray(0, this.boundCount), bounds >> 3);
    words32.set(this.buckets.words.subarray(0, this.buckets.length * 2), (bounds >> 2) + this.boundCount * 2);
  }

  /** Reads what `store` has written. */
  load({ words32, floats }: Chunk, at: number): void {
    const count = words32[at >> 2] ?? 0;
    const buckets = words32[(at >> 2) + 1] ?? 0;
    this.totals.set(0, words32[(at >> 2) + 2] ?? 0, words32[(at >> 2) + 3] ?? 0);
    this.loadMeasured(words32, floats, at + headBytes);
    const from = at + headBytes + measuredBytes;
    this.#clearBounds();
    this.#reach(count);
    this.bounds.set(floats.subarray(from >> 3, (from >> 3) + count));
    this.boundCount = count;
    const words = (from >> 2) + count * 2;
    this.buckets
      .clear()
      .resize(buckets)
      .words.set(words32.subarray(words, words + buckets * 2));
  }

  #clearBounds(): void {
    if (this.bounds.length > mostKept) this.bounds = new Float64Array(32);
    this.boundCount = 0;
  }

  #reach(count: number): void {
    if (count <= this.bounds.length) return;
    const more = new Float64Array(Math.max(count, this.bounds.length * 2));
    more.set(this.bounds);
    this.bounds = more;
  }
}
