import type { Range } from '../view/range.js';
import { at32, byteAt } from '../wire/at.js';

const table: Int32Array = new Int32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 (IEEE) of `bytes[from, to)`, continuing from `start`. */
export function crc32(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let c = ~start;
  for (let at = from; at < to; at++) c = at32(table, (c ^ byteAt(bytes, at)) & 255) ^ (c >>> 8);
  return ~c >>> 0;
}

/** CRC-32 of what a range has, continuing from `start`. */
export function crc32Of(range: Range, start = 0): number {
  return crc32(range.bytes, range.start, range.end, start);
}
