import { byteAt } from '../../otlp/wire/at.js';
import xxhash from 'xxhash-wasm';
import { TooLarge } from './too-large.js';

const frameMagic = 0x184d2204;
const skippableMagic = 0x184d2a50;

function corrupt(what: string): never {
  throw new Error(`lz4: ${what}`);
}

/** Output that grows as blocks come, up to a limit. Blocks may refer back to earlier ones of their frame. */
class Output {
  bytes: Buffer;
  at = 0;
  readonly #limit: number;

  constructor(expected: number, limit: number) {
    this.#limit = limit;
    this.bytes = Buffer.allocUnsafe(Math.min(Math.max(expected, 1024), Math.max(limit, 1)));
  }

  room(bytes: number): void {
    const needed = this.at + bytes;
    if (needed > this.#limit) throw new TooLarge(this.#limit);
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(this.bytes.length * 2, needed), this.#limit));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

/** Reads LZ4 frames, one after the other, with their content checksums. */
export async function readLz4Frames(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Output(input.length * 4, limit);
  const { h32Raw } = await xxhash();
  if (input.length === 0) corrupt('unexpected EOF');
  for (let at = 0; at < input.length;) {
    if (at + 4 > input.length) corrupt('bad magic number');
    const magic = input.readUInt32LE(at);
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic && at + 8 <= input.length) at += 8 + input.readUInt32LE(at + 4);
    else if (magic === frameMagic) at = readFrame(input, at + 4, output, h32Raw);
    else corrupt('bad magic number');
  }
  return output.bytes.subarray(0, output.at);
}

function readFrame(
  input: Buffer,
  from: number,
  output: Output,
  hash: (bytes: Uint8Array, seed?: number) => number,
): number {
  if (from + 3 > input.length) corrupt('unexpected EOF');
  const flags = byteAt(input, from);
  if (flags >> 6 !== 1) corrupt('unsupported version');
  const blockChecksum = (flags & 16) !== 0;
  const contentSize = (flags & 8) !== 0;
  const contentChecksum = (flags & 4) !== 0;
  if ((flags & 1) !== 0) corrupt('frames with a dictionary are not supported');
  let at = from + 2 + (contentSize ? 8 : 0);
  if (at >= input.length) corrupt('unexpected EOF');
  if (((hash(input.subarray(from, at), 0) >>> 8) & 255) !== input[at]) corrupt('invalid header checksum');
  at++;
  const start = output.at;
  const linked = (flags & 32) === 0;
  for (;;) {
    if (at + 4 > input.length) corrupt('unexpected EOF');
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (at + size > input.length) corrupt('unexpected EOF');
    if (word >>> 31 === 1) {
      output.room(size);
      output.at += input.copy(output.bytes, output.at, at, at + size);
    } else readBlock(input, at, at + size, output, linked ? start : output.at);
    at += size + (blockChecksum ? 4 : 0);
  }
  if (!contentChecksum) return at;
  if (at + 4 > input.length) corrupt('unexpected EOF');
  if (hash(output.bytes.subarray(start, output.at), 0) >>> 0 !== input.readUInt32LE(at))
    corrupt('invalid frame checksum');
  return at + 4;
}

function readBlock(input: Buffer, from: number, end: number, output: Output, base: number): void {
  let at = from;
  const length = (first: number): number => {
    let total = first;
    if (first !== 15) return total;
    for (;;) {
      if (at >= end) corrupt('invalid block');
      const byte = byteAt(input, at++);
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (at < end) {
    const token = byteAt(input, at++);
    const literals = length(token >> 4);
    if (at + literals > end) corrupt('invalid block');
    output.room(literals);
    output.at += input.copy(output.bytes, output.at, at, at + literals);
    at += literals;
    if (at === end) return;
    if (at + 2 > end) corrupt('invalid block');
    const offset = input.readUInt16LE(at);
    at += 2;
    const match = length(token & 15) + 4;
    const source = output.at - offset;
    if (offset === 0 || source < base) corrupt('invalid block');
    output.room(match);
    const { bytes } = output;
    // Byte by byte: a match may overlap what it writes.
    for (let i = 0; i < match; i++) bytes[output.at + i] = byteAt(bytes, source + i);
    output.at += match;
  }
}
