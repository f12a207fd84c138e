// Bodies in every encoding that a receiver reads, made small by the encoders of libraries, or by hand.
import { createRequire } from 'node:module';
import zlib from 'node:zlib';
import { varint } from './otlp.mjs';

const require = createRequire(import.meta.url);
let zstd;

/** The encodings over HTTP. */
export const encodings = ['gzip', 'zlib', 'deflate', 'snappy', 'x-snappy-framed', 'zstd', 'lz4'];
/** Those that gRPC has too, with their names there: its snappy is the framed form. */
export const grpcNames = new Map([
  ['gzip', 'gzip'],
  ['zstd', 'zstd'],
  ['x-snappy-framed', 'snappy'],
]);

export async function encode(encoding, bytes) {
  switch (encoding) {
    case 'gzip':
      return zlib.gzipSync(bytes, { level: 9 });
    case 'zlib':
    case 'deflate':
      return zlib.deflateSync(bytes, { level: 9 });
    case 'snappy':
      return Buffer.from(require('snappyjs').compress(bytes));
    case 'x-snappy-framed':
      return snappyFrames(bytes);
    case 'zstd': {
      if (!zstd) {
        zstd = await import('@bokuweb/zstd-wasm');
        await zstd.init();
      }
      return Buffer.from(zstd.compress(bytes, 19));
    }
    case 'lz4':
      return Buffer.from(await require('lz4-napi').compressFrame(bytes));
    default:
      throw new Error(`no such encoding: ${encoding}`);
  }
}

/** A zstd frame that declares a window of `2^log` bytes and holds one empty last block. */
export function zstdWindow(log) {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 0x01, 0x00, 0x00]);
}

/** A zlib stream of `count` dynamic blocks with the least content: costly to read, cheap to send. */
export function dynamicBlocks(size) {
  const deflate = zlib.deflateRawSync(Buffer.from(Array.from({ length: 600 }, (_, i) => (i * i * 31 + i) & 255)), {
    level: 9,
    strategy: zlib.constants.Z_HUFFMAN_ONLY,
    finishFlush: zlib.constants.Z_FULL_FLUSH,
  });
  const parts = [Buffer.from([0x78, 0x9c])];
  for (let length = 2; length < size; length += deflate.length) parts.push(deflate);
  return Buffer.concat(parts);
}

const table = new Uint32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c >>> 0;
});

function crc32c(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function snappyFrames(bytes) {
  const { compress } = require('snappyjs');
  const parts = [Buffer.from('ff060000734e61507059', 'hex')];
  const known = new Map();
  for (let at = 0; at < bytes.length; at += 65_536) {
    const piece = bytes.subarray(at, at + 65_536);
    const key = piece.toString('latin1');
    let made = known.get(key);
    if (!made) {
      const packed = Buffer.from(compress(piece));
      const sum = crc32c(piece);
      const head = Buffer.alloc(8);
      head.writeUInt32LE((packed.length + 4) * 256);
      head.writeUInt32LE((((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0, 4);
      known.set(key, (made = Buffer.concat([head, packed])));
    }
    parts.push(made);
  }
  return Buffer.concat(parts);
}

/** A snappy block that declares `size` bytes and holds nothing. */
export const snappyLie = (size) => Buffer.concat([varint(size), Buffer.from([0])]);
