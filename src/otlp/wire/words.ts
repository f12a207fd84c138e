import { byteAt } from './at.js';

/** Fixed-size numbers and the 32-bit halves of varints, in bytes known to be valid. No call makes an object. */

const scratch = new DataView(new ArrayBuffer(8));

/** The 32 bits at `at`, lowest byte first, as an unsigned number. */
export function fixed32At(bytes: Uint8Array, at: number): number {
  const low = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
  return (low | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)) >>> 0;
}

/** The IEEE 754 double at `at`. */
export function doubleAt(bytes: Uint8Array, at: number): number {
  scratch.setUint32(0, fixed32At(bytes, at), true);
  scratch.setUint32(4, fixed32At(bytes, at + 4), true);
  return scratch.getFloat64(0, true);
}

/** The lower 32 bits of the varint at `at`, unsigned. */
export function varintLow(bytes: Uint8Array, at: number): number {
  let byte = byteAt(bytes, at);
  if (byte < 128) return byte;
  let value = byte & 127;
  for (let shift = 7; shift < 32; shift += 7) {
    byte = byteAt(bytes, ++at);
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return value >>> 0;
}

/** The upper 32 of the 64 bits of the varint at `at`, unsigned; what a tenth byte has above them does not count. */
export function varintHigh(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let shift = 0; shift < 64; shift += 7, at++) {
    const byte = byteAt(bytes, at);
    if (shift === 28) value = (byte & 127) >> 4;
    else if (shift > 28) value |= (byte & 127) << (shift - 32);
    if (byte < 128) break;
  }
  return value >>> 0;
}
