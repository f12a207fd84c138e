import { createGunzip, createInflate, type ZlibOptions } from 'node:zlib';
import type { PlainOutput } from './plain-output.js';

/**
 * zlib gets its input in pieces of this size, bytes, and returns its output in pieces of the other: either bounds what
 * one job on the thread pool takes, to some 10 ms even where a piece of input is tables and nothing else.
 */
const inputPiece = 16 * 1024;
const outputPiece = 128 * 1024;
/** zlib's window and tables, and two pieces of output, of which one is full while it fills the other. Bytes. */
export const streamMemory: number = 48 * 1024 + 2 * outputPiece;

/** Jobs of all bodies together, fewer than the threads of the pool: files and names are looked up there too. */
const jobsAtOnce = 2;
let jobs = 0;
/** In order of arrival. */
const waiting: (() => void)[] = [];

async function jobBegins(): Promise<void> {
  if (jobs < jobsAtOnce) {
    jobs++;
    return;
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function jobEnds(): void {
  const next = waiting.shift();
  if (next) next();
  else jobs--;
}

/** One of Node's streams that inflate. */
type Inflater = ReturnType<typeof createGunzip> | ReturnType<typeof createInflate>;

/**
 * Inflates a body on the thread pool, in pieces, to `output`, which was made with `streamMemory` beside it. Returns
 * whether nothing follows the end of the stream. Rejects with zlib's error, `TooLarge` or `NoMemory`.
 */
export async function inflateOnPool(name: 'gzip' | 'zlib', bytes: Uint8Array, output: PlainOutput): Promise<boolean> {
  const options: ZlibOptions = { chunkSize: outputPiece };
  const stream = name === 'gzip' ? createGunzip(options) : createInflate(options);
  void feed(stream, bytes);
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      const room = output.room(piece.length);
      if (room) await room;
      output.append(piece);
    }
    return stream.bytesWritten === bytes.length;
  } finally {
    // A job that is under way still reads the body; what it makes of it is thrown away.
    stream.destroy();
  }
}

/**
 * Writes all of a body into a stream, as long as that takes any. Never rejects: the reader of the stream has the error.
 */
async function feed(stream: Inflater, bytes: Uint8Array): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  for (let at = 0; at < bytes.length; at += inputPiece) {
    await jobBegins();
    try {
      if (stream.destroyed) return;
      // Behind the end of its data a stream answers no more.
      await Promise.race([closed, written(stream, bytes.subarray(at, at + inputPiece))]);
    } finally {
      jobEnds();
    }
  }
  if (!stream.destroyed) stream.end();
}

function written(stream: Inflater, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.write(piece, () => resolve());
  });
}
