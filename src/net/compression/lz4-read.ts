import xxhash from 'xxhash-wasm';
import type { OwnedBytes } from '../../otlp/batch.js';
import { byteAt } from '../../otlp/wire/at.js';
import { corruptLz4, Lz4Block } from './lz4-block.js';
import type { Admit } from './no-memory.js';
import { PlainOutput } from './plain-output.js';
import { correctTurn, turnFor } from '../../component/turn.js';

const frameMagic = 0x184d2204;
const skippableMagic = 0x184d2a50;

/** Bytes of a block that are read or written without a look at the turn. */
const piece = 64 * 1024;
/** Work (`turn.ts`) for each byte that is read or written, its checksums included. */
const workPerByte = 4;
/** For the head of a frame or a block. */
const workPerHead = 256;

/** One XXH32 over pieces, so that no more than a piece is copied into the memory of the library. */
type Hash = Awaited<ReturnType<typeof xxhash>>['create32'];

/** Reads LZ4 frames, one after the other, with all their checksums. */
export async function readLz4Frames(bytes: Uint8Array, limit: number, admit: Admit): Promise<OwnedBytes> {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { create32 } = await xxhash();
  const output = new PlainOutput(limit, admit, input.length, undefined);
  return output.through(async () => {
    if (input.length === 0) corruptLz4('unexpected EOF');
    for (let at = 0; at < input.length;) {
      const turn = turnFor(workPerHead);
      if (turn) await turn;
      if (at + 4 > input.length) corruptLz4('bad magic number');
      const magic = input.readUInt32LE(at);
      if (magic === frameMagic) at = await readFrame(input, at + 4, output, create32);
      else if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
        if (at + 8 > input.length) corruptLz4('unexpected EOF');
        at += 8 + input.readUInt32LE(at + 4);
        if (at > input.length) corruptLz4('unexpected EOF');
      } else corruptLz4('bad magic number');
    }
  });
}

/** The header of a frame (lz4_Frame_format.md, Frame Descriptor). */
interface Header {
  /** Where the first block begins. */
  readonly end: number;
  /** Blocks refer to earlier ones of their frame. */
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  /** Bytes; undefined when it is not said. */
  readonly contentSize: number | undefined;
  /** Bytes. */
  readonly largestBlock: number;
}

function readHeader(input: Buffer, from: number, create: Hash): Header {
  if (from + 3 > input.length) corruptLz4('unexpected EOF');
  const flags = byteAt(input, from);
  const sizes = byteAt(input, from + 1);
  if (flags >> 6 !== 1) corruptLz4('unsupported version');
  if ((flags & 1) !== 0) corruptLz4('frames with a dictionary are not supported');
  const hasSize = (flags & 8) !== 0;
  const at = from + 2 + (hasSize ? 8 : 0);
  if (at >= input.length) corruptLz4('unexpected EOF');
  const sum = create(0).update(input.subarray(from, at)).digest();
  if (((sum >>> 8) & 255) !== input[at]) corruptLz4('invalid header checksum');
  if ((flags & 2) !== 0 || (sizes & 0x8f) !== 0 || sizes >> 4 < 4) corruptLz4('invalid frame descriptor');
  return {
    end: at + 1,
    linked: (flags & 32) === 0,
    blockChecksum: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentSize: hasSize ? input.readUInt32LE(from + 2) + input.readUInt32LE(from + 6) * 2 ** 32 : undefined,
    // 64 KiB, 256 KiB, 1 MiB or 4 MiB.
    largestBlock: 1 << (8 + 2 * (sizes >> 4)),
  };
}

/** Reads a frame behind its magic number: where it ends. */
async function readFrame(input: Buffer, from: number, output: PlainOutput, create: Hash): Promise<number> {
  const header = readHeader(input, from, create);
  const start = output.at;
  const hash = header.contentChecksum ? create(0) : undefined;
  let at = header.end;
  for (;;) {
    if (at + 4 > input.length) corruptLz4('unexpected EOF');
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const end = at + (word & 0x7fffffff);
    if (end > input.length) corruptLz4('unexpected EOF');
    if (end - at > header.largestBlock) corruptLz4('invalid block size');
    if (header.blockChecksum) await checkSum(input, at, end, create);
    const block = new Lz4Block(input, at, end, word >>> 31 === 1, header.linked ? start : output.at);
    const blockEnd = output.at + header.largestBlock;
    do {
      const asked = workPerHead + 2 * piece * workPerByte;
      const turn = turnFor(asked);
      if (turn) await turn;
      const before = output.at;
      const left = block.left;
      const needed = block.read(output, piece, blockEnd);
      hash?.update(output.bytes.subarray(before, output.at));
      correctTurn(asked, workPerHead + (output.at - before + left - block.left) * workPerByte);
      const room = output.room(needed);
      if (room) await room;
    } while (!block.done);
    at = end + (header.blockChecksum ? 4 : 0);
  }
  if (header.contentSize !== undefined && header.contentSize !== output.at - start) corruptLz4('invalid content size');
  if (!hash) return at;
  if (at + 4 > input.length) corruptLz4('unexpected EOF');
  if (hash.digest() >>> 0 !== input.readUInt32LE(at)) corruptLz4('invalid frame checksum');
  return at + 4;
}

/** The checksum of a block lies behind it and is that of its compressed bytes. */
async function checkSum(input: Buffer, from: number, end: number, create: Hash): Promise<void> {
  if (end + 4 > input.length) corruptLz4('unexpected EOF');
  const hash = create(0);
  for (let at = from; at < end; at += piece) {
    const turn = turnFor(piece);
    if (turn) await turn;
    hash.update(input.subarray(at, Math.min(end, at + piece)));
  }
  if (hash.digest() >>> 0 !== input.readUInt32LE(end)) corruptLz4('invalid block checksum');
}
