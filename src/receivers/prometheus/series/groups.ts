import { at32, floatAt } from '../../../otlp/wire/at.js';

/** The bits of `has`: which parts of a point the present scrape brought. */
export const has = { value: 1, count: 2, sum: 4, created: 8, native: 16 } as const;

/** The fields of points, one array per field: a point is a number. */
export class Groups {
  count = 0;
  /** The metric that the point belongs to. */
  metric: Int32Array = new Int32Array(64);
  /** The scrape that last brought a part of it. */
  seen: Int32Array = new Int32Array(64);
  /** 1 while the pipelines have a recorded value of it, so that its end has to be reported. */
  live: Uint8Array = new Uint8Array(64);
  /** 1 when its time comes from the exposition. */
  timed: Uint8Array = new Uint8Array(64);
  has: Uint8Array = new Uint8Array(64);
  /** Milliseconds since the epoch. */
  time: Float64Array = new Float64Array(64);
  /** The value, or for a native histogram where its message begins in the body. */
  value: Float64Array = new Float64Array(64);
  /** The count, or for a native histogram where its message ends. */
  total: Float64Array = new Float64Array(64);
  sum: Float64Array = new Float64Array(64);
  /** Seconds since the epoch. */
  created: Float64Array = new Float64Array(64);
  /** The next point of the same metric in this scrape; -1 behind the last. */
  next: Int32Array = new Int32Array(64);
  /** Its bucket or quantile with the lowest bound; -1 without. */
  firstBucket: Int32Array = new Int32Array(64);
  /** Its latest exemplar in this scrape; -1 without. */
  exemplar: Int32Array = new Int32Array(64);

  /** Bytes of memory. */
  get memory(): number {
    return this.metric.length * (5 * 4 + 3 + 5 * 8);
  }

  add(metric: number): number {
    const group = this.count++;
    if (group === this.metric.length) this.#grow();
    this.metric[group] = metric;
    this.firstBucket[group] = -1;
    return group;
  }

  #grow(): void {
    const length = this.metric.length * 2;
    this.metric = ints(this.metric, length);
    this.seen = ints(this.seen, length);
    this.next = ints(this.next, length);
    this.firstBucket = ints(this.firstBucket, length);
    this.exemplar = ints(this.exemplar, length);
    this.live = bytes(this.live, length);
    this.timed = bytes(this.timed, length);
    this.has = bytes(this.has, length);
    this.time = doubles(this.time, length);
    this.value = doubles(this.value, length);
    this.total = doubles(this.total, length);
    this.sum = doubles(this.sum, length);
    this.created = doubles(this.created, length);
  }
}

/** A point may have so many; each new one is searched for its place among the others. */
export const mostBuckets = 10_000;

/** Buckets of histograms and quantiles of summaries, those of a point in a list by rising bound. */
export class Buckets {
  count = 0;
  bound: Float64Array = new Float64Array(64);
  value: Float64Array = new Float64Array(64);
  /** The scrape that last brought it. */
  seen: Int32Array = new Int32Array(64);
  next: Int32Array = new Int32Array(64);

  /** Bytes of memory. */
  get memory(): number {
    return this.bound.length * 24;
  }

  /** The bucket of a point with this bound, which is added when the point has none; -1 when the point has too many. */
  of(groups: Groups, group: number, bound: number): number {
    let before = -1;
    let at = at32(groups.firstBucket, group);
    let passed = 0;
    while (at >= 0 && floatAt(this.bound, at) < bound) {
      if (++passed === mostBuckets) return -1;
      before = at;
      at = at32(this.next, at);
    }
    if (at >= 0 && this.bound[at] === bound) return at;
    const bucket = this.#add(bound);
    this.next[bucket] = at;
    if (before < 0) groups.firstBucket[group] = bucket;
    else this.next[before] = bucket;
    return bucket;
  }

  #add(bound: number): number {
    const bucket = this.count++;
    if (bucket === this.bound.length) {
      const length = bucket * 2;
      this.bound = doubles(this.bound, length);
      this.value = doubles(this.value, length);
      this.seen = ints(this.seen, length);
      this.next = ints(this.next, length);
    }
    this.bound[bucket] = bound;
    return bucket;
  }
}

function ints(numbers: Int32Array, length: number): Int32Array {
  const more = new Int32Array(length);
  more.set(numbers);
  return more;
}

function bytes(numbers: Uint8Array, length: number): Uint8Array {
  const more = new Uint8Array(length);
  more.set(numbers);
  return more;
}

function doubles(numbers: Float64Array, length: number): Float64Array {
  const more = new Float64Array(length);
  more.set(numbers);
  return more;
}
