import xxhash from 'xxhash-wasm';
import type { OwnedBytes } from '../../../otlp/batch.js';
import { byteAt } from '../../../otlp/wire/at.js';
import type { Admit } from '../no-memory.js';
import { PlainOutput } from '../plain-output.js';
import { TooLarge } from '../too-large.js';
import { correctTurn, turnFor } from '../../../component/turn.js';
import { corruptZstd } from './corrupt.js';
import { frameMagic, readHeader, skippableMagic } from './header.js';
import { readLiterals } from './literals.js';
import { bringBlock } from './scratch.js';
import { readSequences } from './sequences.js';
import { Tables } from './tables.js';

/** Work (`turn.ts`) for each byte that is written, for the tables of a block, and for any other head. */
const workPerByte = 6;
const workPerTables = 16 * 1024;
const workPerHead = 1024;

/** Kinds of blocks; 0 is one that is not compressed. */
const repeated = 1;
const compressed = 2;
const reserved = 3;

/** Tables of bodies that were inflated, and how many are kept. */
const idle: Tables[] = [];
const mostIdle = 8;
/** The memory of tables, bytes. */
const tablesMemory = 10 * 1024;

/** Begins an XXH64. It gets the output in pieces, which the library copies. */
type CreateHash = Awaited<ReturnType<typeof xxhash>>['create64'];

/**
 * Reads zstd frames, one after the other, with their checksums (RFC 8878), a block at a time. A window costs nothing,
 * as the output is the window.
 */
export async function readZstdFrames(bytes: Uint8Array, limit: number, admit: Admit): Promise<OwnedBytes> {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = input.length > 4 && input.readUInt32LE(0) === frameMagic ? readHeader(input, 4) : undefined;
  if (first && (first.contentSize ?? 0) > limit) throw new TooLarge(limit);
  const output = new PlainOutput(limit, admit, input.length, first?.contentSize, tablesMemory);
  const { create64 } = await xxhash();
  const tables = idle.pop() ?? new Tables();
  return output.through(async () => {
    for (let at = 0; at < input.length;) {
      const turn = turnFor(workPerHead);
      if (turn) await turn;
      if (at + 4 > input.length) corruptZstd('unexpected EOF');
      const magic = input.readUInt32LE(at);
      if (magic === frameMagic) at = await readFrame(input, at + 4, output, tables, create64);
      else if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
        if (at + 8 > input.length) corruptZstd('unexpected EOF');
        at += 8 + input.readUInt32LE(at + 4);
        if (at > input.length) corruptZstd('unexpected EOF');
      } else corruptZstd('invalid input: magic number mismatch');
    }
    if (idle.length < mostIdle) idle.push(tables);
  });
}

/** Reads a frame behind its magic number: where it ends. */
async function readFrame(
  input: Buffer,
  from: number,
  output: PlainOutput,
  tables: Tables,
  createHash: CreateHash,
): Promise<number> {
  const header = readHeader(input, from);
  const start = output.at;
  const frameEnd = header.contentSize === undefined ? Number.POSITIVE_INFINITY : start + header.contentSize;
  if (header.contentSize !== undefined && frameEnd > output.limit) throw new TooLarge(output.limit);
  const hash = header.checksum ? createHash() : undefined;
  tables.reset();
  let at = header.end;
  for (let last = false; !last;) {
    if (at + 3 > input.length) corruptZstd('unexpected EOF');
    const word = input.readUIntLE(at, 3);
    at += 3;
    last = (word & 1) === 1;
    const kind = (word >> 1) & 3;
    const size = word >> 3;
    if (kind === reserved) corruptZstd('reserved block type encountered');
    if (size > header.largestBlock) corruptZstd('invalid block size');
    const end = at + (kind === repeated ? 1 : size);
    if (end > input.length) corruptZstd('unexpected EOF');
    const left = frameEnd - output.at;
    if (kind !== compressed && size > left) corruptZstd('invalid frame content size');
    const most = kind === compressed ? Math.min(header.largestBlock, left, output.limit - output.at) : size;
    const room = output.room(most);
    if (room) await room;
    const turn = turnFor(workPerTables + most * workPerByte);
    if (turn) await turn;
    const before = output.at;
    if (kind === compressed) readCompressed(input, at, end, output, start, most, tables);
    else if (kind === repeated) {
      output.bytes.fill(byteAt(input, at), before, before + size);
      output.at += size;
    } else output.append(input.subarray(at, end));
    hash?.update(output.bytes.subarray(before, output.at));
    const took = (kind === compressed ? workPerTables : workPerHead) + (output.at - before) * workPerByte;
    correctTurn(workPerTables + most * workPerByte, took);
    at = end;
  }
  if (header.contentSize !== undefined && output.at !== frameEnd) corruptZstd('invalid frame content size');
  if (!hash) return at;
  if (at + 4 > input.length) corruptZstd('unexpected EOF');
  if (Number(hash.digest() & 0xffff_ffffn) !== input.readUInt32LE(at)) corruptZstd('invalid checksum');
  return at + 4;
}

/** Reads the block in `input[from..end)`, of at most `most` bytes. */
function readCompressed(
  input: Buffer,
  from: number,
  end: number,
  output: PlainOutput,
  frameStart: number,
  most: number,
  tables: Tables,
): void {
  const packedEnd = bringBlock(input, from, end);
  const sequences = readLiterals(tables.huffman, packedEnd);
  readSequences(tables, sequences, packedEnd, output, frameStart, most);
}
