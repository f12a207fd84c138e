import type { Range } from '../view/range.js';
import { at32, byteAt } from '../wire/at.js';

/**
 * Four tables of 256: what a byte does to the sum when 0, 1, 2 or 3 bytes follow it, so that four are taken at once.
 */
const tables: Int32Array = new Int32Array(1024);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  tables[n] = c;
}
for (let i = 256; i < 1024; i++) {
  const before = at32(tables, i - 256);
  tables[i] = at32(tables, before & 255) ^ (before >>> 8);
}

/** CRC-32 (IEEE) of `bytes[from, to)`, continuing from `start`. */
export function crc32(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let c = ~start;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    c ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    const upper = at32(tables, 256 + ((c >>> 16) & 255)) ^ at32(tables, c >>> 24);
    c = at32(tables, 768 + (c & 255)) ^ at32(tables, 512 + ((c >>> 8) & 255)) ^ upper;
  }
  for (; at < to; at++) c = at32(tables, (c ^ byteAt(bytes, at)) & 255) ^ (c >>> 8);
  return ~c >>> 0;
}

/** CRC-32 of what a range has, continuing from `start`. */
export function crc32Of(range: Range, start = 0): number {
  return crc32(range.bytes, range.start, range.end, start);
}
