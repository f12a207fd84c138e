import { constants, gunzip, gunzipSync, inflate, inflateSync, type ZlibOptions } from 'node:zlib';
import { OwnedBytes } from '../../otlp/batch.js';
import { TooLarge } from './too-large.js';
import { claimedSize, fastGunzip } from './fast-inflate.js';
import { turnFor } from '../../component/turn.js';

/**
 * Content encodings that Kanmon can read (docs/spec/core.md#http-server). `zlib` and `deflate` both mean the zlib
 * format.
 */
export const encodings = ['gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4', 'x-snappy-framed'] as const;
export type Encoding = (typeof encodings)[number];

/** A zstd body is inflated in pieces of this size, bytes. */
const piece = 8 * 1024;

/** The result of inflating a body. */
export interface Inflated {
  readonly plain: OwnedBytes;
  /** The body held one member and nothing behind it, so that every other inflater sees the same bytes. */
  readonly whole: boolean;
}

/**
 * Inflates a body; work stops as soon as more than `limit` bytes come out. Rejects with `TooLarge`, or with an error
 * that says what is wrong with the body.
 */
export async function decompress(encoding: Encoding, bytes: Uint8Array, limit: number): Promise<Inflated> {
  switch (encoding) {
    case 'gzip': {
      const size = claimedSize(bytes);
      if (size !== undefined && size <= limit) {
        await turnFor(size);
        const plain = fastGunzip(bytes, size);
        if (plain) return { plain, whole: true };
      }
      return inflated(gunzipSync, gunzip, bytes, limit, 'gzip');
    }
    case 'zlib':
    case 'deflate':
      return inflated(inflateSync, inflate, bytes, limit, 'zlib');
    case 'snappy': {
      const { isFramed, unframeSnappy, uncompressBlock } = await import('./snappy-read.js');
      const framed = isFramed(bytes);
      return {
        plain: new OwnedBytes(framed ? unframeSnappy(bytes, limit) : uncompressBlock(bytes, limit)),
        whole: !framed,
      };
    }
    case 'x-snappy-framed': {
      const { unframeSnappy } = await import('./snappy-read.js');
      return { plain: new OwnedBytes(unframeSnappy(bytes, limit)), whole: true };
    }
    case 'zstd':
      return { plain: new OwnedBytes(await unzstd(bytes, limit)), whole: true };
    case 'lz4': {
      const { readLz4Frames } = await import('./lz4-read.js');
      return { plain: new OwnedBytes(await readLz4Frames(bytes, limit)), whole: true };
    }
  }
}

/** The result of zlib with `info: true`; Node's types know only the bytes. */
interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

type Options = ZlibOptions & { readonly info: true };
type Sync = (bytes: Uint8Array, options: Options) => unknown;
type Async = (bytes: Uint8Array, options: Options, done: (error: Error | null, result: unknown) => void) => void;

/** Up to here zlib takes less than a way through the thread pool and back, some 0.2 ms. Plain bytes. */
const zlibAtOnce = 64 * 1024;
/** Deflate makes nothing smaller than this many times. */
const most = 1032;

function inflated(
  sync: Sync,
  async: Async,
  bytes: Uint8Array,
  limit: number,
  name: 'gzip' | 'zlib',
): Promise<Inflated> {
  const expected = expectedSize(bytes, limit, name);
  const options: Options = {
    maxOutputLength: Math.max(1, limit),
    // One piece when the body states its size, and a little more room, because zlib must see that nothing follows.
    chunkSize: Math.min(Math.max(expected + 64, 1024), 4 << 20),
    finishFlush: constants.Z_FINISH,
    info: true,
  };
  const fault = (error: unknown): Error => {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE' ? new TooLarge(limit) : new Error(`${name}: ${message}`, { cause: error });
  };
  const of = (result: unknown): Inflated => {
    const { buffer, engine } = result as WithEngine;
    return { plain: new OwnedBytes(buffer), whole: engine.bytesWritten === bytes.length };
  };
  return new Promise((resolve, reject) => {
    const onPool = (): void =>
      async(bytes, options, (error, result) => (error ? reject(fault(error)) : resolve(of(result))));
    if (expected > zlibAtOnce) return onPool();
    try {
      resolve(of(sync(bytes, { ...options, maxOutputLength: Math.min(zlibAtOnce, Math.max(1, limit)) })));
    } catch (error) {
      // More comes out than the body says.
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' && limit > zlibAtOnce) onPool();
      else reject(fault(error));
    }
  });
}

/** The plain size that a body declares, else an estimate; never more than its compressed size allows. */
function expectedSize(bytes: Uint8Array, limit: number, name: 'gzip' | 'zlib'): number {
  const possible = Math.min(bytes.length * most, limit);
  if (name === 'zlib' || bytes.length < 18) return Math.min(bytes.length * 4, possible);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Math.min(view.getUint32(bytes.length - 4, true), possible);
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
    for (let at = 0; at < bytes.length; at += piece)
      stream.push(bytes.subarray(at, at + piece), at + piece >= bytes.length);
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    throw new Error(`zstd: ${(error as Error).message}`, { cause: error });
  }
  if (!ended) throw new Error('zstd: unexpected EOF');
  return Buffer.concat(parts);
}
