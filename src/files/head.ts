import type { FileHandle } from 'node:fs/promises';
import { gzipSource, looksCompressed, readAt } from './byte-source.js';
import type { ReadPace } from './read-pace.js';

export type FileCompression = '' | 'gzip' | 'auto';

/** The first bytes of what a file holds. */
export interface Head {
  /** Without compression; fewer than were asked for when there are no more. */
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
}

/** Reads up to `length` first bytes. Throws a `CompressedError` for a file that should be compressed and is not. */
export async function readFileHead(
  handle: FileHandle,
  size: number,
  length: number,
  compression: FileCompression,
  pace: ReadPace | undefined,
): Promise<Head> {
  const target = Buffer.allocUnsafe(length);
  const plain = target.subarray(0, await readAt(handle, target, 0, 0, pace));
  if (plain.length === 0 || compression === '') return { bytes: plain, isCompressed: false };
  if (compression === 'auto' && !looksCompressed(plain)) return { bytes: plain, isCompressed: false };
  const source = gzipSource(handle, 0, size, 0);
  try {
    const inflated = Buffer.allocUnsafe(length);
    return { bytes: inflated.subarray(0, await source.read(inflated, 0)), isCompressed: true };
  } finally {
    await source.close();
  }
}
