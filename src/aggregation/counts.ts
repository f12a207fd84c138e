import type { Count64s } from '../otlp/build/point-fields.js';
import type { Word64 } from '../otlp/view/word64.js';

const word = 0x1_0000_0000;
/** Counts for which memory is kept. */
const mostKept = 1 << 14;

/** Unsigned 64-bit counts, exact, each as its lower and its upper half. Sums wrap, as those of the Collector do. */
export class Counts implements Count64s {
  words: Uint32Array = new Uint32Array(64);
  length = 0;

  clear(): this {
    if (this.words.length > mostKept * 2) this.words = new Uint32Array(64);
    this.length = 0;
    return this;
  }

  /** Makes it `length` counts; those that are new are 0. */
  resize(length: number): this {
    if (length * 2 > this.words.length) {
      const more = new Uint32Array(Math.max(length * 2, this.words.length * 2));
      more.set(this.words.subarray(0, this.length * 2));
      this.words = more;
    }
    if (length > this.length) this.words.fill(0, this.length * 2, length * 2);
    this.length = length;
    return this;
  }

  push({ low, high }: Word64): void {
    const at = this.length;
    this.resize(at + 1);
    this.words[at * 2] = low;
    this.words[at * 2 + 1] = high;
  }

  low(i: number): number {
    return this.words[i * 2] ?? 0;
  }

  high(i: number): number {
    return this.words[i * 2 + 1] ?? 0;
  }

  isZero(i: number): boolean {
    return this.low(i) === 0 && this.high(i) === 0;
  }

  set(i: number, low: number, high: number): void {
    this.words[i * 2] = low;
    this.words[i * 2 + 1] = high;
  }

  add(i: number, low: number, high: number): void {
    const sum = this.low(i) + low;
    this.set(i, sum >>> 0, (this.high(i) + high + (sum >= word ? 1 : 0)) >>> 0);
  }

  /** Subtracts from a count; false, and nothing done, when that is smaller. */
  subtract(i: number, low: number, high: number): boolean {
    const difference = this.low(i) - low;
    const upper = this.high(i) - high - (difference < 0 ? 1 : 0);
    if (upper < 0) return false;
    this.set(i, difference >>> 0, upper);
    return true;
  }

  /** Makes it a copy of another. */
  copy(other: Count64s): void {
    this.clear().resize(other.length);
    this.words.set(other.words.subarray(0, other.length * 2));
  }

  /** Drops the first `from` counts, and all but the next `length`. */
  cut(from: number, length: number): void {
    this.words.copyWithin(0, from * 2, (from + length) * 2);
    this.length = length;
  }

  /** Puts `more` counts of 0 before the first. */
  shift(more: number): void {
    const before = this.length;
    this.resize(before + more);
    this.words.copyWithin(more * 2, 0, before * 2);
    this.words.fill(0, 0, more * 2);
  }
}
