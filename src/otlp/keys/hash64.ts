import { at32, byteAt } from '../wire/at.js';
/**
 * 64-bit hashes on pairs of 32-bit halves: a BigInt per data point would cost more than the hash itself. A result
 * stands in `low` and `high` until the next call.
 */
export interface Half64 {
  low: number;
  high: number;
}

/** `out` = a * b, modulo 2^64. */
function multiply(aLow: number, aHigh: number, bLow: number, bHigh: number, out: Half64): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  // Each of the sums stays below 2^33: exact, but cut to 32 bits only through division.
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000);
  out.low = Math.imul(aLow, bLow) >>> 0;
  out.high = ((carry | 0) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) >>> 0;
}

/** `out` = out rotated left by 1 to 31 bits. */
function rotate(out: Half64, bits: number): void {
  const { low, high } = out;
  out.low = ((low << bits) | (high >>> (32 - bits))) >>> 0;
  out.high = ((high << bits) | (low >>> (32 - bits))) >>> 0;
}

function add(out: Half64, low: number, high: number): void {
  const sum = out.low + low;
  out.high = (out.high + high + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  out.low = sum >>> 0;
}

/** `out` ^= out >>> bits, for 1 to 63 bits. */
function foldRight(out: Half64, bits: number): void {
  if (bits < 32) out.low = (out.low ^ ((out.low >>> bits) | (out.high << (32 - bits)))) >>> 0;
  else out.low = (out.low ^ (bits === 32 ? out.high : out.high >>> (bits - 32))) >>> 0;
  if (bits < 32) out.high = (out.high ^ (out.high >>> bits)) >>> 0;
}

const p1: Half64 = { low: 0x85ebca87, high: 0x9e3779b1 };
const p2: Half64 = { low: 0x27d4eb4f, high: 0xc2b2ae3d };
const p3: Half64 = { low: 0x9e3779f9, high: 0x165667b1 };
const p4: Half64 = { low: 0xc2b2ae63, high: 0x85ebca77 };
const p5: Half64 = { low: 0x165667c5, high: 0x27d4eb2f };

const lanes: readonly [Half64, Half64, Half64, Half64] = [
  { low: 0, high: 0 },
  { low: 0, high: 0 },
  { low: 0, high: 0 },
  { low: 0, high: 0 },
];
const laneTurns: Int32Array = Int32Array.of(1, 7, 12, 18);
const scratch: Half64 = { low: 0, high: 0 };

function word(bytes: Uint8Array, at: number): number {
  return (
    (byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24)) >>>
    0
  );
}

/** One step of xxHash: acc = rotl(acc + input * p2, 31) * p1. */
function round(acc: Half64, low: number, high: number): void {
  multiply(low, high, p2.low, p2.high, scratch);
  add(acc, scratch.low, scratch.high);
  rotate(acc, 31);
  multiply(acc.low, acc.high, p1.low, p1.high, acc);
}

/** XXH64 of `bytes[from, to)` with seed 0, into `out`. */
export function xxHash64(bytes: Uint8Array, from: number, to: number, out: Half64): void {
  let at = from;
  if (to - from >= 32) {
    const [a, b, c, d] = lanes;
    // The seeds p1 + p2, p2, 0 and -p1.
    a.low = 0xadc0b5d6;
    a.high = 0x60ea27ee;
    b.low = p2.low;
    b.high = p2.high;
    c.low = c.high = 0;
    d.low = 0x7a143579;
    d.high = 0x61c8864e;
    for (; at + 32 <= to; at += 32) {
      round(a, word(bytes, at), word(bytes, at + 4));
      round(b, word(bytes, at + 8), word(bytes, at + 12));
      round(c, word(bytes, at + 16), word(bytes, at + 20));
      round(d, word(bytes, at + 24), word(bytes, at + 28));
    }
    gather(out);
  } else {
    out.low = p5.low;
    out.high = p5.high;
  }
  add(out, to - from, 0);
  for (; at + 8 <= to; at += 8) {
    mixIn(out, word(bytes, at), word(bytes, at + 4));
  }
  if (at + 4 <= to) {
    multiply(word(bytes, at), 0, p1.low, p1.high, scratch);
    turn(out, 23, p2, p3);
    at += 4;
  }
  for (; at < to; at++) {
    multiply(byteAt(bytes, at), 0, p5.low, p5.high, scratch);
    turn(out, 11, p1, undefined);
  }
  foldRight(out, 33);
  multiply(out.low, out.high, p2.low, p2.high, out);
  foldRight(out, 29);
  multiply(out.low, out.high, p3.low, p3.high, out);
  foldRight(out, 32);
}

/** The four lanes become one. */
function gather(out: Half64): void {
  out.low = out.high = 0;
  for (let i = 0; i < 4; i++) {
    const lane = lanes[i] as Half64;
    scratch.low = lane.low;
    scratch.high = lane.high;
    rotate(scratch, at32(laneTurns, i));
    add(out, scratch.low, scratch.high);
  }
  for (const lane of lanes) {
    multiply(lane.low, lane.high, p2.low, p2.high, lane);
    rotate(lane, 31);
    multiply(lane.low, lane.high, p1.low, p1.high, scratch);
    out.low = (out.low ^ scratch.low) >>> 0;
    out.high = (out.high ^ scratch.high) >>> 0;
    multiply(out.low, out.high, p1.low, p1.high, out);
    add(out, p4.low, p4.high);
  }
}

function mixIn(out: Half64, low: number, high: number): void {
  multiply(low, high, p2.low, p2.high, scratch);
  rotate(scratch, 31);
  multiply(scratch.low, scratch.high, p1.low, p1.high, scratch);
  turn(out, 27, p1, p4);
}

/** out = rotl(out ^ scratch, bits) * by (+ plus). */
function turn(out: Half64, bits: number, by: Half64, plus: Half64 | undefined): void {
  out.low = (out.low ^ scratch.low) >>> 0;
  out.high = (out.high ^ scratch.high) >>> 0;
  rotate(out, bits);
  multiply(out.low, out.high, by.low, by.high, out);
  if (plus) add(out, plus.low, plus.high);
}

/** Sets `state` to the start of an FNV-1a hash. */
export function fnvStart(state: Half64): void {
  state.low = 0x84222325;
  state.high = 0xcbf29ce4;
}

/** Continues the 64-bit FNV-1a hash in `state` over `bytes[from, to)`. */
export function fnv(state: Half64, bytes: Uint8Array, from: number, to: number): void {
  let { low, high } = state;
  for (let at = from; at < to; at++) {
    low = (low ^ byteAt(bytes, at)) >>> 0;
    // The prime is 2^40 + 435.
    const product = low * 435;
    high = (Math.imul(high, 435) + Math.floor(product / 0x100000000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  state.low = low;
  state.high = high;
}
