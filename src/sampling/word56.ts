/** Values of a half, and so the upper half of 2^56. */
export const halfRange: number = 2 ** 28;

/**
 * A number of 56 bits, the size of sampling thresholds and of randomness, as two halves of 28 bits: seven hexadecimal
 * digits each, and small integers for V8. Made once and moved, so that an item costs no object.
 */
export class Word56 {
  /** Up to `halfRange`, which as a threshold is above all randomness. */
  high = 0;
  low = 0;

  set(high: number, low: number): this {
    this.high = high;
    this.low = low;
    return this;
  }

  copy({ high, low }: Word56): this {
    return this.set(high, low);
  }

  /** Below 0 when this is less than `other`, 0 when they are equal. */
  compare(other: Word56): number {
    return this.high === other.high ? this.low - other.low : this.high - other.high;
  }
}
