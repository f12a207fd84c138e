import { constants, deflate, deflateSync, gzip, gzipSync, type ZlibOptions } from 'node:zlib';
import { createRequire } from 'node:module';
import { OwnedBytes } from '../../otlp/batch.js';
import { fastGzip, fastMost, fastZlib } from './fast-deflate.js';
import { copiedPerUnit, turnFor } from '../../component/turn.js';

/** Content encodings of requests that Kanmon sends (docs/spec/core.md#grpc-client, docs/spec/core.md#http-client). */
export type Compression = 'none' | 'gzip' | 'zlib' | 'deflate' | 'snappy' | 'x-snappy-framed' | 'zstd' | 'lz4';

/** Compresses one body; the caller owns the result. */
export type Compress = (bytes: Uint8Array) => OwnedBytes | Promise<OwnedBytes>;

/** The level of gzip, zlib and deflate when none is configured, done by our own compressor (docs/decisions/0005). */
const defaultLevel = 1;
/** Up to here zlib takes less than a way through the thread pool and back, some 0.3 ms at level 6. Bytes. */
const zlibAtOnce = 16 * 1024;

/** Work (`turn.ts`) for each byte that snappyjs compresses, its checksum included. */
const snappyWork = 4;
/**
 * By the highest level: the size of the pieces that zstd compresses, bytes, so that one takes 5 to 15 ms, and the work
 * for each byte. From one piece to the next nothing is shared, which costs size where they are small.
 */
const costliest: readonly [number, number, number] = [22, 32 * 1024, 400];
const zstdPieces: readonly (readonly [number, number, number])[] = [
  [4, 1024 * 1024, 5],
  [8, 256 * 1024, 25],
  [12, 128 * 1024, 60],
  [16, 64 * 1024, 150],
];

let zstd: ReturnType<typeof loadZstd> | undefined;

/**
 * Once for the process: the library's `init` answers a second call before its new memory is there, and what is
 * compressed meanwhile comes out as zeros.
 */
async function loadZstd(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  const { init, compress } = await import('@bokuweb/zstd-wasm');
  await init();
  return compress;
}

/**
 * The function that compresses one request. `level` is the configured one: 0 means the encoding's default; for gzip,
 * zlib and deflate -2..9, for zstd 1..22. Large bodies are compressed off the event loop where the encoding allows it.
 */
export async function compressor(name: Compression, level: number): Promise<Compress | undefined> {
  switch (name) {
    case 'none':
      return undefined;
    case 'gzip':
      return zlibbed(fastGzip, gzipSync, gzip, level);
    // Both names mean the zlib format here, as in the Collector.
    case 'zlib':
    case 'deflate':
      return zlibbed(fastZlib, deflateSync, deflate, level);
    case 'snappy': {
      const { compress } = await import('snappyjs');
      const { snappyBlock, snappyLength } = await import('./snappy-frame.js');
      // A block is made of pieces that refer to nothing before them, each without the length that it has alone.
      return inPieces(snappyBlock, snappyWork, compress, {
        head: snappyLength,
        piece: (bytes) => compress(bytes).subarray(snappyLength(bytes.length).length),
      });
    }
    case 'x-snappy-framed': {
      const { magic, snappyBlock, snappyChunk } = await import('./snappy-frame.js');
      const { compress } = await import('snappyjs');
      const piece = (bytes: Uint8Array): Uint8Array => snappyChunk(bytes, compress);
      return inPieces(
        snappyBlock,
        snappyWork,
        (bytes) => Buffer.concat([magic, ...(bytes.length ? [piece(bytes)] : [])]),
        {
          head: () => magic,
          piece,
        },
      );
    }
    case 'zstd': {
      const compress = await (zstd ??= loadZstd());
      const effective = level <= 0 ? 3 : Math.min(level, 22);
      const [, size, work] = zstdPieces.find(([most]) => effective <= most) ?? costliest;
      // Frames one after the other are as good as one.
      const piece = (bytes: Uint8Array): Uint8Array => compress(bytes, effective);
      return inPieces(size, work, piece, { head: () => new Uint8Array(), piece });
    }
    case 'lz4': {
      // lz4-napi is CommonJS and its types describe only that form.
      const { compressFrame } = createRequire(import.meta.url)('lz4-napi') as {
        compressFrame(bytes: Uint8Array): Promise<Uint8Array>;
      };
      return async (bytes) => new OwnedBytes(await compressFrame(bytes));
    }
  }
}

/**
 * Compresses a body in pieces of `size` bytes, each in a turn of the event loop that has `work` (`turn.ts`) left for
 * each of its bytes: `whole` what is no larger, else `piece` each behind the `head` for the length of all.
 */
function inPieces(
  size: number,
  work: number,
  whole: (bytes: Uint8Array) => Uint8Array,
  { head, piece }: { head(length: number): Uint8Array; piece(bytes: Uint8Array): Uint8Array },
): Compress {
  const slowly = async (bytes: Uint8Array): Promise<OwnedBytes> => {
    const parts = [head(bytes.length)];
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      const turn = turnFor(part.length * work);
      if (turn) await turn;
      parts.push(piece(part));
    }
    const turn = turnFor(bytes.length / copiedPerUnit);
    if (turn) await turn;
    return new OwnedBytes(Buffer.concat(parts));
  };
  return (bytes) => {
    if (bytes.length > size) return slowly(bytes);
    const turn = turnFor(bytes.length * work);
    return turn ? turn.then(() => new OwnedBytes(whole(bytes))) : new OwnedBytes(whole(bytes));
  };
}

type Sync = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array;
type Async = (bytes: Uint8Array, options: ZlibOptions, done: (error: Error | null, result: Uint8Array) => void) => void;

/**
 * The default level of what fits into a turn by `fast`, else Node's zlib, on its thread pool unless there is little to
 * do.
 */
function zlibbed(fast: (bytes: Uint8Array) => OwnedBytes, sync: Sync, async: Async, level: number): Compress {
  // Go's -2 is Huffman coding only, its 0 in this option means "not set".
  const options = {
    level: level === 0 ? defaultLevel : level === -2 ? -1 : level,
    strategy: level === -2 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
  };
  return (bytes) => {
    if (options.level === defaultLevel && bytes.length <= fastMost) {
      const turn = turnFor(bytes.length);
      return turn ? turn.then(() => fast(bytes)) : fast(bytes);
    }
    // Telemetry becomes about an eighth; what needs more than one piece is put together once.
    const sized: ZlibOptions = { ...options, chunkSize: Math.min(Math.max(bytes.length >> 2, 1024), 1 << 20) };
    if (bytes.length <= zlibAtOnce) return new OwnedBytes(sync(bytes, sized));
    return new Promise((resolve, reject) => {
      async(bytes, sized, (error, result) => (error ? reject(error) : resolve(new OwnedBytes(result))));
    });
  };
}
