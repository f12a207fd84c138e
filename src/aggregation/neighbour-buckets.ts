import type { BucketFields } from '../otlp/build/point-fields.js';
import type { BucketsView } from '../otlp/view/points.js';
import { Counts } from './counts.js';

/** By so many steps of the scale every number of 32 bits becomes one of two buckets. */
const mostSteps = 62;

/** The index of a bucket `steps` scales coarser. */
export function coarser(index: number, steps: number): number {
  return Math.floor(index / 2 ** Math.min(steps, mostSteps));
}

/** One side of an exponential histogram: neighbouring buckets, of which the first has index `offset`. */
export class NeighbourBuckets implements BucketFields {
  offset = 0;
  readonly counts: Counts = new Counts();

  read(view: BucketsView): void {
    this.offset = view.offset;
    this.counts.clear();
    for (const counts = view.bucketCounts(); counts.next();) this.counts.push(counts.value);
  }

  copy(other: BucketFields): void {
    this.offset = other.offset;
    this.counts.copy(other.counts);
  }

  /** The index behind the last bucket. */
  get end(): number {
    return this.offset + this.counts.length;
  }

  /** Drops buckets of 0 at both ends; without any left the run begins at 0. */
  trim(): void {
    const { counts } = this;
    let from = 0;
    let to = counts.length;
    while (from < to && counts.isZero(from)) from++;
    while (to > from && counts.isZero(to - 1)) to--;
    counts.cut(from, to - from);
    this.offset = to > from ? this.offset + from : 0;
  }

  /** Joins buckets to those of a scale that is `steps` coarser. */
  coarsen(steps: number): void {
    const { counts } = this;
    if (steps <= 0 || counts.length === 0) {
      if (counts.length === 0) this.offset = 0;
      return;
    }
    const first = coarser(this.offset, steps);
    const length = coarser(this.end - 1, steps) - first + 1;
    for (let i = 0; i < counts.length; i++) {
      const to = coarser(this.offset + i, steps) - first;
      if (to === i) continue;
      const low = counts.low(i);
      const high = counts.high(i);
      counts.set(i, 0, 0);
      counts.add(to, low, high);
    }
    counts.cut(0, length);
    this.offset = first;
  }

  /** Adds a run of the same scale; their distance must be small. */
  add(other: NeighbourBuckets): void {
    const { counts } = this;
    if (other.counts.length === 0) return;
    if (counts.length === 0) {
      this.copy(other);
      return;
    }
    if (other.offset < this.offset) {
      counts.shift(this.offset - other.offset);
      this.offset = other.offset;
    }
    if (other.end > this.end) counts.resize(other.end - this.offset);
    for (let i = 0; i < other.counts.length; i++)
      counts.add(other.offset - this.offset + i, other.counts.low(i), other.counts.high(i));
  }

  /** Subtracts an earlier run of the same scale; false when it is none, as a count is greater in it. */
  subtract(earlier: NeighbourBuckets): boolean {
    const { counts } = earlier;
    for (let i = 0; i < counts.length; i++) {
      if (counts.isZero(i)) continue;
      const at = earlier.offset - this.offset + i;
      if (at < 0 || at >= this.counts.length || !this.counts.subtract(at, counts.low(i), counts.high(i))) return false;
    }
    return true;
  }

  /** Whether the bucket with an index is there and not 0. */
  isUsed(index: number): boolean {
    const at = index - this.offset;
    return at >= 0 && at < this.counts.length && !this.counts.isZero(at);
  }

  /** Takes the buckets up to the one with an index out, and adds their counts to number `i` of `to`. */
  takeUpTo(index: number, to: Counts, i: number): void {
    const { counts } = this;
    const taken = Math.max(0, Math.min(counts.length, index - this.offset + 1));
    for (let bucket = 0; bucket < taken; bucket++) to.add(i, counts.low(bucket), counts.high(bucket));
    counts.cut(taken, counts.length - taken);
    this.offset = counts.length > 0 ? this.offset + taken : 0;
  }
}
