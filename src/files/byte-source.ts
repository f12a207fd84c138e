import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ReadPace } from './read-pace.js';

/** Reads the content of a file from some place on. */
export interface ByteSource {
  /**
   * Fills `target` from `at` on, and returns how many bytes that were: less than there was room for only at the end of
   * what there is now.
   */
  read(target: Buffer, at: number): number | Promise<number>;
  close(): Promise<void>;
}

/** `pace`: of a file on a disk of this machine. */
export function plainSource(handle: FileHandle, position: number, pace: ReadPace | undefined): ByteSource {
  let next = position;
  const advance = (bytes: number): number => {
    next += bytes;
    return bytes;
  };
  return {
    read(target, at) {
      const read = readAt(handle, target, at, next, pace);
      return typeof read === 'number' ? advance(read) : read.then(advance);
    },
    async close() {},
  };
}

/** Fills `target` from `at` on with the bytes of a file from `position` on; how many that were. */
export function readAt(
  handle: FileHandle,
  target: Buffer,
  at: number,
  position: number,
  pace: ReadPace | undefined,
): number | Promise<number> {
  if (pace?.isQuick !== true) {
    pace?.pooled();
    return handle.read(target, at, target.length - at, position).then(({ bytesRead }) => bytesRead);
  }
  const began = performance.now();
  const bytesRead = fs.readSync(handle.fd, target, at, target.length - at, position);
  pace.took(performance.now() - began);
  return bytesRead;
}

const compressedAtOnce = 64 * 1024;

/** A compressed file that is not, or that ends within what it holds and has not grown since. */
export class CompressedError extends Error {}

/**
 * The content of a gzip file: its members from the byte `member` on, inflated, without the first `skip` bytes of that.
 * An incomplete member ends where its bytes end.
 */
export function gzipSource(handle: FileHandle, member: number, size: number, skip: number): ByteSource {
  let left = skip;
  let chunk: Buffer = Buffer.alloc(0);
  let used = 0;
  let isOver = member >= size;
  const compressed = isOver ? undefined : Readable.from(bytesOf(handle, member, size), { objectMode: false });
  const plain: Readable | undefined = compressed?.pipe(createGunzip());
  compressed?.on('error', (error) => plain?.destroy(error));
  const chunks = plain?.[Symbol.asyncIterator]();

  const nextChunk = async (): Promise<void> => {
    used = 0;
    try {
      const { done, value } = (await chunks?.next()) ?? { done: true };
      if (done === true) isOver = true;
      else chunk = value as Buffer;
    } catch (error) {
      isOver = true;
      if ((error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw new CompressedError((error as Error).message);
    }
    if (isOver) chunk = Buffer.alloc(0);
  };

  return {
    async read(target, at) {
      let filled = at;
      while (filled < target.length) {
        if (used >= chunk.length) {
          if (isOver) break;
          await nextChunk();
          const skipped = Math.min(left, chunk.length);
          left -= skipped;
          used = skipped;
          continue;
        }
        const taken = chunk.copy(target, filled, used);
        used += taken;
        filled += taken;
      }
      return filled - at;
    },
    async close() {
      isOver = true;
      plain?.destroy();
      compressed?.destroy();
      await chunks?.return?.().catch(() => {});
    },
  };
}

/** A stream of `FileHandle` would close the file, which others use. */
async function* bytesOf(handle: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(compressedAtOnce), 0, undefined, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Whether a file begins as gzip files do. */
export function looksCompressed(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}
