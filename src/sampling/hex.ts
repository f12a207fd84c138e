import { byteAt } from '../otlp/wire/at.js';
import { mostDigits } from './threshold.js';
import type { Word56 } from './word56.js';

const halfDigits = 7;
const zero = 0x30;

/** Reads a threshold of 1 to 14 hexadecimal digits; missing ones behind them are 0. False when it is none. */
export function readThreshold(bytes: Uint8Array, from: number, to: number, into: Word56): boolean {
  return to > from && to - from <= mostDigits && readDigits(bytes, from, to, into);
}

/** Reads randomness, which has 14 hexadecimal digits. False when it is none. */
export function readRandomness(bytes: Uint8Array, from: number, to: number, into: Word56): boolean {
  return to - from === mostDigits && readDigits(bytes, from, to, into);
}

/** The randomness of a trace ID: its last seven bytes, as W3C Trace Context Level 2 has it. */
export function randomnessOfTraceId(bytes: Uint8Array, at: number, into: Word56): Word56 {
  const middle = byteAt(bytes, at + 12);
  const high = (byteAt(bytes, at + 9) << 20) | (byteAt(bytes, at + 10) << 12) | (byteAt(bytes, at + 11) << 4);
  const low = (byteAt(bytes, at + 13) << 16) | (byteAt(bytes, at + 14) << 8) | byteAt(bytes, at + 15);
  return into.set(high | (middle >> 4), ((middle & 15) << 24) | low);
}

/** Writes all 14 digits, and returns the offset behind them. */
export function writeRandomness({ high, low }: Word56, target: Uint8Array, at: number): number {
  writeHalf(high, target, at);
  writeHalf(low, target, at + halfDigits);
  return at + mostDigits;
}

/** Writes a threshold below 2^56 without the zeros at its end, and returns the offset behind it. */
export function writeThreshold(threshold: Word56, target: Uint8Array, at: number): number {
  let end = writeRandomness(threshold, target, at);
  while (end > at + 1 && target[end - 1] === zero) end--;
  return end;
}

function readDigits(bytes: Uint8Array, from: number, to: number, into: Word56): boolean {
  let high = 0;
  let low = 0;
  for (let i = 0; i < mostDigits; i++) {
    const digit = from + i < to ? digitOf(byteAt(bytes, from + i)) : 0;
    if (digit < 0) return false;
    if (i < halfDigits) high = (high << 4) | digit;
    else low = (low << 4) | digit;
  }
  into.set(high, low);
  return true;
}

/** -1 when a character is no digit. */
function digitOf(character: number): number {
  if (character >= zero && character < zero + 10) return character - zero;
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function writeHalf(half: number, target: Uint8Array, at: number): void {
  for (let i = 0, shift = 24; i < halfDigits; i++, shift -= 4) {
    const digit = (half >> shift) & 15;
    target[at + i] = digit < 10 ? zero + digit : 0x57 + digit;
  }
}
