import { crc32c } from './crc32c.js';

const magic = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const blockSize = 65_536;

/** Writes the snappy framing format: the stream identifier, then chunks of at most 64 KiB with masked CRC-32C sums. */
export function frameSnappy(bytes: Uint8Array, compress: (block: Uint8Array) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [magic];
  for (let at = 0; at < bytes.length; at += blockSize) {
    const block = bytes.subarray(at, at + blockSize);
    const packed = compress(block);
    const smaller = packed.length < block.length;
    const body = smaller ? packed : block;
    const head = Buffer.alloc(8);
    head.writeUInt32LE((smaller ? 0x00 : 0x01) | ((body.length + 4) << 8));
    head.writeUInt32LE(masked(crc32c(block)), 4);
    parts.push(head, body);
  }
  return Buffer.concat(parts);
}

/** The framing format stores sums rotated and shifted, so that a sum over data with sums stays meaningful. */
export function masked(sum: number): number {
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
