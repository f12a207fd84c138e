import { halfRange, type Word56 } from './word56.js';

/** Hexadecimal digits of a threshold, at most. */
export const mostDigits = 14;
/** The smallest probability that a threshold can express. */
export const leastProbability: number = 2 ** -56;

/**
 * A threshold is the number of the 2^56 values of randomness that are rejected: an item is kept when its randomness is
 * not below it. 0 keeps everything.
 */
export function keepAll(into: Word56): Word56 {
  return into.set(0, 0);
}

/** The threshold that no randomness reaches. */
export function keepNone(into: Word56): Word56 {
  return into.set(halfRange, 0);
}

/**
 * Sets `into` to the threshold of a probability with as many significant hexadecimal digits, and returns true; false
 * for a probability that has none. Leading zeros of the threshold and of its complement do not count as digits, so that
 * probabilities near 0 and near 1 are as exact as others.
 */
export function thresholdOf(probability: number, digits: number, into: Word56): boolean {
  if (!(probability >= leastProbability && probability <= 1)) return false;
  const kept = Math.round(probability * 2 ** 56);
  const keptHigh = Math.floor(kept / halfRange);
  const keptLow = kept - keptHigh * halfRange;
  const borrow = keptLow > 0 ? 1 : 0;
  into.set(halfRange - keptHigh - borrow, borrow * halfRange - keptLow);
  if (probability < 1) {
    const leading = Math.max(leadingDigits(probability), leadingDigits(1 - probability));
    round(into, Math.max(0, mostDigits - digits - leading) * 4);
  }
  return true;
}

/** The probability that a threshold stands for, as exact as a double can be. */
export function probabilityOf({ high, low }: Word56): number {
  return ((halfRange - high) * halfRange - low) / 2 ** 56;
}

const bits = new DataView(new ArrayBuffer(8));

/** Leading zero digits of a fraction between 2^-56 and 1. */
function leadingDigits(fraction: number): number {
  bits.setFloat64(0, fraction);
  // The exponent of a fraction in [0.5, 1) is 0.
  const exponent = (bits.getUint16(0) >> 4) - 1022;
  return Math.floor(-exponent / 4);
}

/** Rounds away the lowest bits, a half up. */
function round(word: Word56, shift: number): void {
  if (shift === 0) return;
  if (shift > 28) {
    const step = 2 ** (shift - 28);
    word.set(Math.floor((word.high + step / 2) / step) * step, 0);
    return;
  }
  const step = 2 ** shift;
  const low = Math.floor((word.low + step / 2) / step) * step;
  if (low < halfRange) word.low = low;
  else word.set(word.high + 1, 0);
}
