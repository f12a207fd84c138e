import { byteAt } from '../wire/at.js';

/** A whole number of up to 64 bits as two halves: neither BigInt nor a string per number. */
export class Whole {
  low = 0;
  high = 0;
  /** As it was written; the halves hold the magnitude until `toTwosComplement`. */
  negative = false;
  /** More than 64 bits. */
  overflow = false;

  /** Reads `-?(0|[1-9][0-9]*)`; false when that is not what stands in `bytes[from, to)`. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.negative = bytes[from] === 45;
    this.overflow = false;
    let at = this.negative ? from + 1 : from;
    if (at >= to || (bytes[at] === 48 && at + 1 < to)) return false;
    let low = 0;
    let high = 0;
    for (; at < to; at++) {
      const digit = byteAt(bytes, at) - 48;
      if (digit < 0 || digit > 9) return false;
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
