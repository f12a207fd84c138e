import { deflateSync, gzipSync, constants, gzip, deflate } from 'node:zlib';
import { createRequire } from 'node:module';
import { fitsThisTurn } from './turn.js';

/** Content encodings of requests that Kanmon sends (spec core 9.3, 9.5). */
export type Compression = 'none' | 'gzip' | 'zlib' | 'deflate' | 'snappy' | 'x-snappy-framed' | 'zstd' | 'lz4';

export type Compress = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * The level of gzip, zlib and deflate when none is configured. Level 1 takes a third of the CPU of zlib's own default (6) and makes OTLP
 * about a quarter larger (docs/trade-offs.md).
 */
const defaultLevel = 1;

let zstd: ReturnType<typeof loadZstd> | undefined;

/**
 * Once for the process: the library's `init` answers a second call before its new memory is there, and what is compressed meanwhile
 * comes out as zeros.
 */
async function loadZstd(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  const { init, compress } = await import('@bokuweb/zstd-wasm');
  await init();
  return compress;
}

/**
 * The function that compresses one request. `level` is the configured one: 0 means the encoding's default; for gzip, zlib
 * and deflate -2..9, for zstd 1..22. Large bodies are compressed off the event loop where the encoding allows it.
 */
export async function compressor(name: Compression, level: number): Promise<Compress | undefined> {
  switch (name) {
    case 'none':
      return undefined;
    case 'gzip':
      return zlibbed(gzipSync, gzip, level);
    // Both names mean the zlib format here, as in the Collector.
    case 'zlib':
    case 'deflate':
      return zlibbed(deflateSync, deflate, level);
    case 'snappy': {
      const { compress } = await import('snappyjs');
      return (bytes) => compress(bytes);
    }
    case 'x-snappy-framed': {
      const { frameSnappy } = await import('./snappy-frame.js');
      const { compress } = await import('snappyjs');
      return (bytes) => frameSnappy(bytes, compress);
    }
    case 'zstd': {
      const compress = await (zstd ??= loadZstd());
      const effective = level <= 0 ? 3 : Math.min(level, 22);
      return (bytes) => compress(bytes, effective);
    }
    case 'lz4': {
      // lz4-napi is CommonJS and its types describe only that form.
      const { compressFrame } = createRequire(import.meta.url)('lz4-napi') as { compressFrame(bytes: Uint8Array): Promise<Uint8Array> };
      return (bytes) => compressFrame(bytes);
    }
  }
}

interface Options {
  readonly level: number;
  readonly strategy: number;
  readonly chunkSize: number;
}

type Sync = (bytes: Uint8Array, options: Options) => Uint8Array;
type Async = (bytes: Uint8Array, options: Options, done: (error: Error | null, result: Uint8Array) => void) => void;

function zlibbed(sync: Sync, async: Async, level: number): Compress {
  // Go's -2 is Huffman coding only, its 0 in this option means "not set".
  const options = {
    level: level === 0 ? defaultLevel : level === -2 ? -1 : level,
    strategy: level === -2 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
  };
  return (bytes) => {
    // Telemetry becomes about an eighth; what needs more than one piece is put together once.
    const sized = { ...options, chunkSize: Math.min(Math.max(bytes.length >> 2, 1024), 1 << 20) };
    if (fitsThisTurn(bytes.length)) return sync(bytes, sized);
    return new Promise((resolve, reject) => {
      async(bytes, sized, (error, result) => (error ? reject(error) : resolve(result)));
    });
  };
}
