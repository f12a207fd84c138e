/** The scales that native histograms have. */
export const leastScale = -4;
export const mostScale = 8;
/** The zero bucket of a histogram that does not say how wide its own is. */
export const defaultZeroThreshold = 1e-128;
/** As many empty buckets are written out; more become a gap between spans. */
const mostFilled = 2;

/**
 * Buckets as native histograms have them: spans of buckets next to each other, and of each bucket the difference of its
 * count to that of the one before. One is filled again and again.
 */
export class NativeBuckets {
  /** Pairs: how many buckets are left out before the span, of the first its index; and its length. */
  readonly spans: number[] = [];
  readonly deltas: number[] = [];
  #last = 0;

  /**
   * @param offset - index of the first bucket, as OTLP numbers them
   * @param shift - by how many powers of two the histogram is made coarser: 2^shift buckets become one
   */
  fill(offset: number, counts: ArrayLike<number>, shift: number): this {
    const by = Math.min(shift, 31);
    this.spans.length = this.deltas.length = this.#last = 0;
    /** Index behind the last bucket. */
    let behind = 0;
    for (let i = 0; i < counts.length;) {
      const index = (offset + i) >> by;
      let count = 0;
      for (; i < counts.length && (offset + i) >> by === index; i++) count += counts[i] ?? 0;
      if (count === 0) continue;
      // A bucket of Prometheus is named by its upper bound.
      const gap = index + 1 - behind;
      if (this.spans.length === 0 || gap > mostFilled) this.spans.push(gap, 0);
      else for (let empty = 0; empty < gap; empty++) this.#add(0);
      this.#add(count);
      behind = index + 2;
    }
    return this;
  }

  #add(count: number): void {
    const length = this.spans.length - 1;
    this.spans[length] = (this.spans[length] ?? 0) + 1;
    this.deltas.push(count - this.#last);
    this.#last = count;
  }
}
