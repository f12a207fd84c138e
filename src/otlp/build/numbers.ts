import type { MessageWriter } from './message-writer.js';

const word = 2 ** 32;
/** The largest number below 2^63. */
const mostWhole = 2 ** 63 - 1024;

/** A count as it is shown: one that outgrows 64 bits with a sign stays at the largest of them, and does not wrap. */
export function shownCount(value: number | bigint): number | bigint {
  return typeof value === 'number' && value > mostWhole ? mostWhole : value;
}

/**
 * The upper half of a whole number of 64 bits in two's complement; the lower one is `lowOf`. Numbers are exact up to
 * 2^53.
 */
function highOf(value: number | bigint): number {
  if (typeof value === 'bigint') return Number(BigInt.asUintN(32, value >> 32n));
  return Math.floor(value / word) >>> 0;
}

function lowOf(value: number | bigint): number {
  if (typeof value === 'bigint') return Number(BigInt.asUintN(32, value));
  return (value - Math.floor(value / word) * word) >>> 0;
}

/** A whole number as 64 fixed bits. */
export function writeFixed64(writer: MessageWriter, value: number | bigint): void {
  // Nearly all counts have 32 bits.
  if (typeof value === 'number' && value >= 0 && value < word) writer.fixed64(value, 0);
  else writer.fixed64(lowOf(value), highOf(value));
}

/** A count as a varint of 64 bits. */
export function writeCount(writer: MessageWriter, value: number): void {
  if (value <= Number.MAX_SAFE_INTEGER) writer.varint(value);
  else writeInt64(writer, shownCount(value));
}

/** A signed number of 32 bits as a sint32. */
export function writeZigzag(writer: MessageWriter, value: number): void {
  writer.varint(((value << 1) ^ (value >> 31)) >>> 0);
}

/** A signed whole number as a varint of 64 bits. */
export function writeInt64(writer: MessageWriter, value: number | bigint): void {
  writer.varint64(lowOf(value), highOf(value));
}

/** Writes a point in time, in milliseconds since the epoch with fractions, as nanoseconds in 64 fixed bits. */
export function writeTime(writer: MessageWriter, unixMs: number, nanos: number): void {
  const whole = Math.floor(unixMs);
  const rest = Math.trunc((unixMs - whole) * 1e6) + nanos;
  // Above 2^53 a number is not exact: the two halves are multiplied apart.
  const upper = Math.floor(whole / word);
  const lower = (whole - upper * word) * 1e6 + rest;
  const carry = Math.floor(lower / word);
  writer.fixed64((lower - carry * word) >>> 0, (upper * 1e6 + carry) >>> 0);
}

/** Writes seconds since the epoch, of any sign, and nanoseconds as 64 fixed bits: the lowest ones of their sum. */
export function writeSeconds(writer: MessageWriter, seconds: number, nanos: number): void {
  // As above: each half of the seconds times 1e9 is exact.
  const upper = Math.floor(seconds / word);
  const lower = (seconds - upper * word) * 1000;
  const middle = Math.floor(lower / word);
  const low = (lower - middle * word) * 1e6 + nanos;
  const carry = Math.floor(low / word);
  const high = (upper % word) * 1e9 + middle * 1e6 + carry;
  writer.fixed64((low - carry * word) >>> 0, (high - Math.floor(high / word) * word) >>> 0);
}
