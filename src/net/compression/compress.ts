import { deflateSync, gzipSync, constants, gzip, deflate } from 'node:zlib';
import { createRequire } from 'node:module';

/** Content encodings of requests that Kanmon sends (spec core 9.3, 9.5). */
export type Compression = 'none' | 'gzip' | 'zlib' | 'deflate' | 'snappy' | 'x-snappy-framed' | 'zstd' | 'lz4';

export type Compress = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Below this many bytes a trip to the thread pool costs more than the compressing. */
const worthThread = 16 * 1024;

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
      const { init, compress } = await import('@bokuweb/zstd-wasm');
      await init();
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

type Sync = (bytes: Uint8Array, options: { level: number; strategy: number }) => Uint8Array;
type Async = (
  bytes: Uint8Array,
  options: { level: number; strategy: number },
  done: (error: Error | null, result: Uint8Array) => void,
) => void;

function zlibbed(sync: Sync, async: Async, level: number): Compress {
  // Go's -2 is Huffman coding only, its 0 in this option means "not set".
  const options = {
    level: level === -2 || level === 0 ? -1 : level,
    strategy: level === -2 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
  };
  return (bytes) => {
    if (bytes.length < worthThread) return sync(bytes, options);
    return new Promise((resolve, reject) => {
      async(bytes, options, (error, result) => (error ? reject(error) : resolve(result)));
    });
  };
}
