import type { ExponentialFields } from '../otlp/build/point-fields.js';
import type { ExponentialHistogramPointView } from '../otlp/view/points.js';
import { NeighbourBuckets, coarser } from './neighbour-buckets.js';
import type { Chunk } from './byte-store.js';
import { Counts } from './counts.js';
import { bucketIndex, coarsestScale, finestScale } from './exponential-mapping.js';
import { Measured, measuredBytes } from './measured.js';

/** Where the counts in `totals` stand. */
const all = 0;
const zeros = 1;
/** Scale, offsets and lengths of both sides; then both totals and the threshold. */
const headBytes = 24 + 16 + 8;

/** An exponential histogram's point, decoded, for arithmetic. Made once and read again for each point. */
export class ExponentialPoint extends Measured implements ExponentialFields {
  /** The number of values, and of those that count as zero. */
  readonly totals: Counts = new Counts().resize(2);
  scale = 0;
  zeroThreshold = 0;
  readonly positive: NeighbourBuckets = new NeighbourBuckets();
  readonly negative: NeighbourBuckets = new NeighbourBuckets();

  read(point: ExponentialHistogramPointView): void {
    this.readMeasured(point);
    const { count } = point;
    this.totals.set(all, count.low, count.high);
    const { zeroCount } = point;
    this.totals.set(zeros, zeroCount.low, zeroCount.high);
    this.scale = point.scale;
    // A value that is no number, or below 0, is no threshold.
    this.zeroThreshold = point.zeroThreshold > 0 ? point.zeroThreshold : 0;
    this.positive.read(point.positive);
    this.negative.read(point.negative);
  }

  /** Adds a point, which is changed by that; the result has at most `size` buckets on each side. */
  add(other: ExponentialPoint, size: number): void {
    for (const run of [this.positive, this.negative, other.positive, other.negative]) run.trim();
    this.#align(other);
    const steps = Math.max(
      stepsFor(this.positive, other.positive, size),
      stepsFor(this.negative, other.negative, size),
    );
    this.coarsenTo(this.scale - steps);
    other.coarsenTo(this.scale);
    for (let i = 0; i < 2; i++) this.totals.add(i, other.totals.low(i), other.totals.high(i));
    this.positive.add(other.positive);
    this.negative.add(other.negative);
    this.addMeasured(other);
  }

  /**
   * Subtracts an earlier point, which is changed by that; false when it is none, as a count is greater in it. The
   * result has the coarser scale and the wider zero of both.
   */
  subtract(earlier: ExponentialPoint): boolean {
    this.#align(earlier);
    for (let i = 0; i < 2; i++)
      if (!this.totals.subtract(i, earlier.totals.low(i), earlier.totals.high(i))) return false;
    if (!this.positive.subtract(earlier.positive) || !this.negative.subtract(earlier.negative)) return false;
    this.subtractMeasured(earlier);
    return true;
  }

  /** Joins buckets to those of a scale that is not finer. */
  coarsenTo(scale: number): void {
    this.positive.coarsen(this.scale - scale);
    this.negative.coarsen(this.scale - scale);
    this.scale = scale;
  }

  /** Gives both the coarser scale and the wider zero of the two. */
  #align(other: ExponentialPoint): void {
    const scale = Math.min(this.scale, other.scale);
    this.coarsenTo(scale);
    other.coarsenTo(scale);
    const threshold = Math.max(this.zeroThreshold, other.zeroThreshold);
    if (this.zeroThreshold === other.zeroThreshold) return;
    // Outside the scales that there are buckets have no bounds that could be compared.
    if (scale < coarsestScale || scale > finestScale) {
      this.zeroThreshold = other.zeroThreshold = threshold;
      return;
    }
    // A threshold inside a bucket that is used is raised to its upper bound, so that no bucket is divided.
    const index = bucketIndex(threshold, scale);
    const isInside = [this, other].some(({ positive, negative }) => positive.isUsed(index) || negative.isUsed(index));
    const widened = isInside ? Math.max(threshold, upperBound(index, scale)) : threshold;
    for (const point of [this, other]) {
      if (point.zeroThreshold < widened) point.#widen(index);
      point.zeroThreshold = widened;
    }
  }

  /** Counts the values of buckets up to an index as zero. */
  #widen(index: number): void {
    this.positive.takeUpTo(index, this.totals, zeros);
    this.negative.takeUpTo(index, this.totals, zeros);
  }

  /** Bytes that `store` writes. */
  get size(): number {
    return headBytes + measuredBytes + (this.positive.counts.length + this.negative.counts.length) * 8;
  }

  /** Writes the point to a chunk from byte `at` on, a multiple of 8. */
  store({ words32, floats }: Chunk, at: number): void {
    const { positive, negative, totals } = this;
    const first = at >> 2;
    words32[first] = this.scale;
    words32[first + 1] = 0;
    words32[first + 2] = positive.offset;
    words32[first + 3] = negative.offset;
    words32[first + 4] = positive.counts.length;
    words32[first + 5] = negative.counts.length;
    words32.set(totals.words.subarray(0, 4), first + 6);
    floats[(at >> 3) + 5] = this.zeroThreshold;
    this.storeMeasured(words32, floats, at + headBytes);
    const counts = (at + headBytes + measuredBytes) >> 2;
    words32.set(positive.counts.words.subarray(0, positive.counts.length * 2), counts);
    words32.set(negative.counts.words.subarray(0, negative.counts.length * 2), counts + positive.counts.length * 2);
  }

  /** Reads what `store` has written. */
  load({ words32, floats }: Chunk, at: number): void {
    const first = at >> 2;
    this.scale = (words32[first] ?? 0) | 0;
    this.positive.offset = (words32[first + 2] ?? 0) | 0;
    this.negative.offset = (words32[first + 3] ?? 0) | 0;
    const positives = words32[first + 4] ?? 0;
    const negatives = words32[first + 5] ?? 0;
    this.totals.words.set(words32.subarray(first + 6, first + 10));
    this.zeroThreshold = floats[(at >> 3) + 5] ?? 0;
    this.loadMeasured(words32, floats, at + headBytes);
    const counts = (at + headBytes + measuredBytes) >> 2;
    loadCounts(this.positive.counts, words32, counts, positives);
    loadCounts(this.negative.counts, words32, counts + positives * 2, negatives);
  }
}

function loadCounts(counts: Counts, words: Uint32Array, from: number, length: number): void {
  counts
    .clear()
    .resize(length)
    .words.set(words.subarray(from, from + length * 2));
}

/** By how many scales two runs have to become coarser until both together are no more than `size` buckets. */
function stepsFor(a: NeighbourBuckets, b: NeighbourBuckets, size: number): number {
  if (a.counts.length === 0 && b.counts.length === 0) return 0;
  const low = Math.min(a.counts.length > 0 ? a.offset : Infinity, b.counts.length > 0 ? b.offset : Infinity);
  const high = Math.max(a.counts.length > 0 ? a.end : -Infinity, b.counts.length > 0 ? b.end : -Infinity) - 1;
  let steps = 0;
  while (coarser(high, steps) - coarser(low, steps) >= size) steps++;
  return steps;
}

/** The upper bound of the bucket with an index. */
function upperBound(index: number, scale: number): number {
  return 2 ** Math.min(1024, (index + 1) * 2 ** -scale);
}
