import type { OwnedBytes } from '../../otlp/batch.js';
import { claimedSize, fastGunzip, workOf } from './fast-inflate.js';
import { NoMemory, type Admit } from './no-memory.js';
import { turnFor } from '../../component/turn.js';
import { unzlib } from './unzlib.js';

/**
 * Content encodings that Kanmon can read (docs/spec/core.md#http-server). `zlib` and `deflate` both mean the zlib
 * format.
 */
export const encodings = ['gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4', 'x-snappy-framed'] as const;
export type Encoding = (typeof encodings)[number];

/** The result of inflating a body. */
export interface Inflated {
  readonly plain: OwnedBytes;
  /** The body held nothing behind its end, so that every other inflater sees the same bytes. */
  readonly whole: boolean;
}

/**
 * Inflates a body, a bounded part of it in each turn of the event loop; work stops as soon as more than `limit` bytes
 * come out. `admit` is asked before memory is taken, the memory of `bytes` not included. Rejects with `TooLarge`,
 * `NoMemory`, or with an error that says what is wrong with the body.
 */
export async function decompress(
  encoding: Encoding,
  bytes: Uint8Array,
  limit: number,
  admit: Admit = () => true,
): Promise<Inflated> {
  switch (encoding) {
    case 'gzip': {
      const size = claimedSize(bytes);
      if (size !== undefined && size <= limit) {
        const turn = turnFor(workOf(bytes, size));
        if (turn) await turn;
        if (!admit(size)) throw new NoMemory();
        const plain = fastGunzip(bytes, size);
        if (plain) return { plain, whole: true };
      }
      return unzlib('gzip', bytes, limit, admit);
    }
    case 'zlib':
    case 'deflate':
      return unzlib('zlib', bytes, limit, admit);
    case 'snappy': {
      const { isFramed, unframeSnappy, uncompressBlock } = await import('./snappy-read.js');
      return isFramed(bytes)
        ? { plain: await unframeSnappy(bytes, limit, admit), whole: false }
        : { plain: await uncompressBlock(bytes, limit, admit), whole: true };
    }
    case 'x-snappy-framed': {
      const { unframeSnappy } = await import('./snappy-read.js');
      return { plain: await unframeSnappy(bytes, limit, admit), whole: true };
    }
    case 'zstd': {
      const { readZstdFrames } = await import('./zstd/frames.js');
      return { plain: await readZstdFrames(bytes, limit, admit), whole: true };
    }
    case 'lz4': {
      const { readLz4Frames } = await import('./lz4-read.js');
      return { plain: await readLz4Frames(bytes, limit, admit), whole: true };
    }
  }
}
