import { constants, gunzip, gunzipSync, inflate, inflateSync, type ZlibOptions } from 'node:zlib';
import { TooLarge } from './too-large.js';

/** Content encodings that Kanmon can read (spec core 9.4). `zlib` and `deflate` both mean the zlib format. */
export const encodings = ['gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4', 'x-snappy-framed'] as const;
export type Encoding = (typeof encodings)[number];

/** Below this many bytes a trip to the thread pool costs more than the inflating. */
const worthThread = 8 * 1024;

/**
 * Inflates a body; work stops as soon as more than `limit` bytes come out. Rejects with `TooLarge`, or with an error
 * that says what is wrong with the body.
 */
export async function decompress(encoding: Encoding, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  switch (encoding) {
    case 'gzip':
      return inflated(gunzipSync, gunzip, bytes, limit, 'gzip');
    case 'zlib':
    case 'deflate':
      return inflated(inflateSync, inflate, bytes, limit, 'zlib');
    case 'snappy': {
      const { isFramed, unframeSnappy, uncompressBlock } = await import('./snappy-read.js');
      return isFramed(bytes) ? unframeSnappy(bytes, limit) : uncompressBlock(bytes, limit);
    }
    case 'x-snappy-framed': {
      const { unframeSnappy } = await import('./snappy-read.js');
      return unframeSnappy(bytes, limit);
    }
    case 'zstd':
      return unzstd(bytes, limit);
    case 'lz4': {
      const { readLz4Frames } = await import('./lz4-read.js');
      return readLz4Frames(bytes, limit);
    }
  }
}

type Sync = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array;
type Async = (bytes: Uint8Array, options: ZlibOptions, done: (error: Error | null, result: Uint8Array) => void) => void;

function inflated(sync: Sync, async: Async, bytes: Uint8Array, limit: number, name: string): Promise<Uint8Array> {
  const options: ZlibOptions = {
    maxOutputLength: Math.max(1, limit),
    chunkSize: Math.min(Math.max(bytes.length * 4, 1024), 256 * 1024),
    finishFlush: constants.Z_FINISH,
  };
  const fault = (error: unknown): Error => {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE' ? new TooLarge(limit) : new Error(`${name}: ${message}`, { cause: error });
  };
  return new Promise((resolve, reject) => {
    if (bytes.length < worthThread) {
      try {
        resolve(sync(bytes, options));
      } catch (error) {
        reject(fault(error));
      }
    } else async(bytes, options, (error, result) => (error ? reject(fault(error)) : resolve(result)));
  });
}

async function unzstd(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  const { Decompress } = await import('fzstd');
  const parts: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const stream = new Decompress((chunk, final) => {
    size += chunk.length;
    if (size > limit) throw new TooLarge(limit);
    parts.push(chunk);
    if (final === true) ended = true;
  });
  try {
    // In pieces, so that a bomb is stopped after the first piece that is too much.
    for (let at = 0; at < bytes.length; at += worthThread)
      stream.push(bytes.subarray(at, at + worthThread), at + worthThread >= bytes.length);
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    throw new Error(`zstd: ${(error as Error).message}`, { cause: error });
  }
  if (!ended) throw new Error('zstd: unexpected EOF');
  return Buffer.concat(parts);
}
