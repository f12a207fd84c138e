import { byteAt } from '../../otlp/wire/at.js';
import { uncompress } from 'snappyjs';
import { crc32c } from './crc32c.js';
import { masked } from './snappy-frame.js';
import { TooLarge } from './too-large.js';

const magic = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const maxBlock = 65_536;

export function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.equals(bytes.subarray(0, magic.length));
}

/** Reads one snappy block. The length it declares is checked before anything is allocated. */
export function uncompressBlock(bytes: Uint8Array, limit: number): Uint8Array {
  const length = declaredLength(bytes);
  if (length === undefined || length > 0xffffffff) throw new Error('snappy: corrupt input');
  if (length > limit) throw new TooLarge(limit);
  // Each byte of input gives at most 64 bytes of output, so that a small lie is caught before it costs memory.
  if (length > bytes.length * 64) throw new Error('snappy: corrupt input');
  try {
    return uncompress(bytes, limit);
  } catch (error) {
    throw new Error('snappy: corrupt input', { cause: error });
  }
}

/** The length before a block, seven bits in each byte, lowest first; undefined when it does not end. */
function declaredLength(bytes: Uint8Array): number | undefined {
  let length = 0;
  let scale = 1;
  for (const byte of bytes.subarray(0, 5)) {
    length += (byte & 127) * scale;
    if (byte < 128) return length;
    scale *= 128;
  }
  return undefined;
}

/** Reads the snappy framing format, checksums included. */
export function unframeSnappy(bytes: Uint8Array, limit: number): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const corrupt = (): never => {
    throw new Error('snappy: corrupt input');
  };
  const parts: Uint8Array[] = [];
  let size = 0;
  if (!isFramed(bytes)) corrupt();
  for (let at = 0; at < view.length;) {
    if (at + 4 > view.length) corrupt();
    const type = byteAt(view, at);
    const length = view.readUIntLE(at + 1, 3);
    const from = at + 4;
    at = from + length;
    if (at > view.length) corrupt();
    if (type === 0xff) {
      if (length !== 6 || !isFramed(view.subarray(from - 4, at))) corrupt();
    } else if (type <= 1) {
      if (length < 4) corrupt();
      const body = view.subarray(from + 4, at);
      const block = type === 1 ? body : uncompressBlock(body, maxBlock);
      if (block.length > maxBlock || masked(crc32c(block)) !== view.readUInt32LE(from)) corrupt();
      size += block.length;
      if (size > limit) throw new TooLarge(limit);
      parts.push(block);
    } else if (type < 0x80) throw new Error('snappy: unsupported input');
  }
  return Buffer.concat(parts);
}
