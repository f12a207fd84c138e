import { byteAt } from '../../../otlp/wire/at.js';
import { corruptZstd } from './corrupt.js';
import { largestBlock } from './scratch.js';

export const frameMagic = 0xfd2fb528;
/** Skippable frames have this and the next 15 numbers. */
export const skippableMagic = 0x184d2a50;

/**
 * The largest window, bytes: what zstd's own programs read without an option for more. Windows cost nothing here,
 * as the output is the window: a larger one is a sign of something else than telemetry (RFC 8878, 3.1.1.1.2).
 */
const mostWindow = 128 << 20;

/** The header of a frame (RFC 8878, 3.1.1.1). */
export interface Header {
  /** Where the first block begins. */
  readonly end: number;
  readonly checksum: boolean;
  /** Bytes; undefined when it is not said. */
  readonly contentSize: number | undefined;
  /** The largest block of the frame, packed and plain, bytes. */
  readonly largestBlock: number;
}

/** Reads the header behind the magic number of a frame. */
export function readHeader(input: Buffer, from: number): Header {
  if (from >= input.length) corruptZstd('unexpected EOF');
  const flags = byteAt(input, from);
  if ((flags & 8) !== 0) corruptZstd('reserved bit set in frame header');
  const single = (flags & 32) !== 0;
  const windowAt = from + 1;
  const dictionaryAt = windowAt + (single ? 0 : 1);
  const dictionarySize = [0, 1, 2, 4][flags & 3] as number;
  const sizeAt = dictionaryAt + dictionarySize;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  const end = sizeAt + sizeBytes;
  if (end > input.length) corruptZstd('unexpected EOF');
  if (dictionarySize > 0 && input.readUIntLE(dictionaryAt, dictionarySize) !== 0) corruptZstd('a dictionary is needed');
  const contentSize = sizeBytes === 0 ? undefined : sizeOf(input, sizeAt, sizeBytes);
  const window = single ? (contentSize ?? 0) : windowOf(byteAt(input, windowAt));
  if (!single && window > mostWindow) corruptZstd('window size exceeded');
  return { end, checksum: (flags & 4) !== 0, contentSize, largestBlock: Math.min(window, largestBlock) };
}

function sizeOf(input: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return input.readUInt32LE(at) + input.readUInt32LE(at + 4) * 2 ** 32;
  return input.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
