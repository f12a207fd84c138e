import { byteAt } from '../wire/at.js';

/** A whole number of up to 64 bits as two halves: neither BigInt nor a string per number. */
export class Whole {
  low = 0;
  high = 0;
  /** As it was written; the halves hold the magnitude until `toTwosComplement`. */
  negative = false;
  /** More than 64 bits. */
  overflow = false;

  /**
   * Reads `-?[0-9]+` in `bytes[from, to)`, and what is the same number with a point or an exponent, such as `7.0` and
   * `1e3`; false for anything else. Zeros may stand in front of it only in text (`quoted`).
   */
  read(bytes: Uint8Array, from: number, to: number, quoted: boolean): boolean {
    this.negative = bytes[from] === 45;
    const first = this.negative ? from + 1 : from;
    this.overflow = false;
    if (first >= to || (!quoted && bytes[first] === 48 && first + 1 < to && isDigit(bytes[first + 1]))) return false;
    let low = 0;
    let high = 0;
    for (let at = first; at < to; at++) {
      const digit = byteAt(bytes, at) - 48;
      if (digit < 0 || digit > 9) return this.#decimal(bytes, first, to);
      const next = low * 10 + digit;
      low = next >>> 0;
      high = high * 10 + (next - low) / 0x1_0000_0000;
      if (high > 0xffff_ffff) {
        this.overflow = true;
        high = 0;
      }
    }
    this.low = low;
    this.high = high;
    return true;
  }

  /** Reads `[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?`. */
  #decimal(bytes: Uint8Array, first: number, to: number): boolean {
    let point = -1;
    let end = first;
    for (; end < to && (byteAt(bytes, end) | 32) !== 101; end++) {
      if (isDigit(bytes[end])) continue;
      if (bytes[end] !== 46 || point >= 0) return false;
      point = end;
    }
    if (!isDigit(bytes[first]) || !isDigit(bytes[end - 1])) return false;
    const exponent = end < to ? exponentOf(bytes, end + 1, to) : 0;
    if (exponent === undefined) return false;
    // So many digits are in front of the point.
    let whole = (point < 0 ? end : point) - first + exponent;
    this.overflow = false;
    this.low = this.high = 0;
    for (let at = first; at < end; at++) {
      if (at === point) continue;
      const digit = byteAt(bytes, at) - 48;
      if (whole-- > 0) this.#append(digit);
      else if (digit !== 0) return false;
    }
    for (; whole > 0 && !this.overflow && (this.low !== 0 || this.high !== 0); whole--) this.#append(0);
    return true;
  }

  #append(digit: number): void {
    const next = this.low * 10 + digit;
    this.low = next >>> 0;
    this.high = this.high * 10 + (next - this.low) / 0x1_0000_0000;
    if (this.high > 0xffff_ffff) {
      this.overflow = true;
      this.high = 0;
    }
  }

  /** Whether it lies between 0 and 2^bits - 1. */
  fitsUnsigned(bits: 32 | 64): boolean {
    if (this.overflow || (bits === 32 && this.high !== 0)) return false;
    return !this.negative || (this.low === 0 && this.high === 0);
  }

  /** Whether it lies between -2^(bits - 1) and 2^(bits - 1) - 1. */
  fitsSigned(bits: 32 | 64): boolean {
    if (this.overflow || (bits === 32 && this.high !== 0)) return false;
    const top = bits === 32 ? this.low : this.high;
    if (top < 0x8000_0000) return true;
    return this.negative && top === 0x8000_0000 && (bits === 32 || this.low === 0);
  }

  /** From sign and magnitude to 64 bits. */
  toTwosComplement(): void {
    if (!this.negative || (this.low === 0 && this.high === 0)) return;
    this.low = (~this.low + 1) >>> 0;
    this.high = (~this.high + (this.low === 0 ? 1 : 0)) >>> 0;
    this.negative = false;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** More than the length of any text. */
const mostExponent = 2 ** 40;

/** The number that `[-+]?[0-9]+` in `bytes[from, to)` is, as far as it matters; undefined for anything else. */
function exponentOf(bytes: Uint8Array, from: number, to: number): number | undefined {
  const sign = bytes[from];
  let at = sign === 43 || sign === 45 ? from + 1 : from;
  if (at >= to) return undefined;
  let value = 0;
  for (; at < to; at++) {
    if (!isDigit(bytes[at])) return undefined;
    value = Math.min(value * 10 + byteAt(bytes, at) - 48, mostExponent);
  }
  return sign === 45 ? -value : value;
}
