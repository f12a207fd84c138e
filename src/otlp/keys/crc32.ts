const table: Uint32Array = new Uint32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (IEEE) of `bytes[from, to)`, continuing from `start`. */
export function crc32(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let c = ~start;
  for (let at = from; at < to; at++) c = (table[(c ^ (bytes[at] as number)) & 255] as number) ^ (c >>> 8);
  return ~c >>> 0;
}
