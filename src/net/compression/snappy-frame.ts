import { crc32c } from './crc32c.js';

/** The stream identifier. */
export const magic: Buffer = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
/** The largest block of the framing format, and what snappy compresses by itself, bytes. */
export const snappyBlock = 65_536;

/** A chunk of the snappy framing format, of at most 64 KiB with their masked CRC-32C sum. */
export function snappyChunk(block: Uint8Array, compress: (block: Uint8Array) => Uint8Array): Uint8Array {
  const packed = compress(block);
  const smaller = packed.length < block.length;
  const body = smaller ? packed : block;
  const chunk = Buffer.allocUnsafe(8 + body.length);
  chunk.writeUInt32LE((smaller ? 0x00 : 0x01) | ((body.length + 4) << 8));
  chunk.writeUInt32LE(masked(crc32c(block)), 4);
  chunk.set(body, 8);
  return chunk;
}

/** The length that stands before a snappy block: seven bits in each byte, lowest first. */
export function snappyLength(length: number): Uint8Array {
  const bytes: number[] = [];
  for (; length > 127; length >>>= 7) bytes.push((length & 127) | 128);
  bytes.push(length);
  return Uint8Array.from(bytes);
}

/** The framing format stores sums rotated and shifted, so that a sum over data with sums stays meaningful. */
export function masked(sum: number): number {
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
