import { floatAt, byteAt } from '../../../otlp/wire/at.js';

/** Powers of ten that a double holds exactly. */
const tens: Float64Array = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
/** With an integer up to here and an exact power of ten, one operation of the processor rounds once. */
const mostExact = 2 ** 53;

/** `[-+]?(inf|infinity|nan)`, as Go reads it, and plain decimals. Not hexadecimal, and no underscores. */
const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const named = /^([-+]?)(inf|infinity|nan)$/i;

/**
 * Reads the numbers of an exposition from their characters, without a string for those that clients usually write. The
 * result is what Go's `ParseFloat` makes of them.
 */
export class NumberReader {
  /** Whether the latest characters were a number. */
  ok = false;

  /** The number in `bytes[from, to)`; look at `ok` then. Every not-a-number is the same one. */
  read(bytes: Buffer, from: number, to: number): number {
    this.ok = true;
    let at = from;
    const sign = byteAt(bytes, at);
    if (sign === 45 || sign === 43) at++;
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    for (let seenPoint = false; at < to; at++) {
      const byte = byteAt(bytes, at);
      if (byte >= 48 && byte <= 57) {
        mantissa = mantissa * 10 + byte - 48;
        digits++;
        if (seenPoint) scale--;
        if (mantissa >= mostExact) return this.#slow(bytes, from, to);
      } else if (byte === 46 && !seenPoint) seenPoint = true;
      else break;
    }
    if (digits === 0) return this.#slow(bytes, from, to);
    if (at < to) {
      const exponent = exponentAt(bytes, at, to);
      if (Number.isNaN(exponent)) return this.#slow(bytes, from, to);
      scale += exponent;
    }
    if (scale > 22 || scale < -22) return this.#slow(bytes, from, to);
    const value = scale < 0 ? mantissa / floatAt(tens, -scale) : mantissa * floatAt(tens, scale);
    return sign === 45 ? -value : value;
  }

  #slow(bytes: Buffer, from: number, to: number): number {
    // Longer than any number needs to be: a sender must not make us read it as text.
    const text = to - from > 400 ? '' : bytes.toString('latin1', from, to);
    if (decimal.test(text)) {
      const value = Number(text);
      // Go refuses what is out of range.
      if (Number.isFinite(value)) return value;
    }
    const word = named.exec(text);
    if (word) {
      if (word[2]?.toLowerCase() === 'nan') {
        if (word[1] === '') return Number.NaN;
      } else return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    }
    this.ok = false;
    return Number.NaN;
  }
}

/** The number of `e-7` at `at`; NaN when it is none, or has more than three digits. */
function exponentAt(bytes: Buffer, at: number, to: number): number {
  if ((byteAt(bytes, at) | 32) !== 101) return Number.NaN;
  let from = at + 1;
  const sign = byteAt(bytes, from);
  if (sign === 45 || sign === 43) from++;
  if (from >= to || to - from > 3) return Number.NaN;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = byteAt(bytes, i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return sign === 45 ? -value : value;
}

/** The whole number in `bytes[from, to)`, such as milliseconds; NaN when it is none or has more than 15 digits. */
export function wholeNumber(bytes: Buffer, from: number, to: number): number {
  const negative = byteAt(bytes, from) === 45;
  const first = negative || byteAt(bytes, from) === 43 ? from + 1 : from;
  if (first >= to || to - first > 15) return Number.NaN;
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = byteAt(bytes, at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
