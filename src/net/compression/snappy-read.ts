import type { OwnedBytes } from '../../otlp/batch.js';
import { byteAt } from '../../otlp/wire/at.js';
import { crc32c } from './crc32c.js';
import type { Admit } from './no-memory.js';
import { PlainOutput } from './plain-output.js';
import { corruptSnappy, SnappyBlock } from './snappy-block.js';
import { magic, masked } from './snappy-frame.js';
import { TooLarge } from './too-large.js';
import { correctTurn, turnFor } from '../../component/turn.js';

/** The largest block of the framing format, and what is read of any block without a look at the turn. Bytes. */
const piece = 65_536;
/** Work (`turn.ts`) for each byte that is read or written. */
const workPerByte = 4;
/** Likewise for a byte that is summed. */
const workPerSummed = 3;
/** For the head of a chunk. */
const workPerChunk = 64;

export function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.equals(bytes.subarray(0, magic.length));
}

/** Reads one snappy block. The length it declares is checked before anything is allocated. */
export function uncompressBlock(bytes: Uint8Array, limit: number, admit: Admit): Promise<OwnedBytes> {
  return uncompress(bufferOf(bytes), limit, admit);
}

async function uncompress(input: Buffer, limit: number, admit: Admit): Promise<OwnedBytes> {
  const block = new SnappyBlock(input, 0, input.length);
  const { length } = block;
  if (length > limit) throw new TooLarge(limit);
  // So that a small lie is caught before it costs memory.
  if (!block.possible) corruptSnappy();
  const output = new PlainOutput(limit, admit, input.length, length);
  return output.through(async () => {
    const room = output.room(length);
    if (room) await room;
    // An empty block is read as well: nothing may follow.
    do {
      const left = block.left;
      const asked = (Math.min(piece, left) + Math.min(piece, length - output.at)) * workPerByte;
      const turn = turnFor(asked);
      if (turn) await turn;
      const at = output.at;
      output.at = block.read(output.bytes, 0, at, piece);
      correctTurn(asked, (output.at - at + left - block.left) * workPerByte);
    } while (output.at < length);
  });
}

/** Reads the snappy framing format, checksums included. */
export async function unframeSnappy(bytes: Uint8Array, limit: number, admit: Admit): Promise<OwnedBytes> {
  const input = bufferOf(bytes);
  if (!isFramed(input)) corruptSnappy();
  const output = new PlainOutput(limit, admit, input.length, undefined);
  return output.through(async () => {
    for (let at = 0; at < input.length;) {
      if (at + 4 > input.length) corruptSnappy();
      const type = byteAt(input, at);
      const from = at + 4;
      const size = input.readUIntLE(at + 1, 3);
      at = from + size;
      if (at > input.length) corruptSnappy();
      const plain = type <= 1 ? plainSize(input, type, from, at) : 0;
      const room = output.room(plain);
      if (room) await room;
      const turn = turnFor(workPerChunk + (type <= 1 ? (size + plain) * (workPerByte + workPerSummed) : 0));
      if (turn) await turn;
      if (type <= 1) readChunk(input, type, from, at, output);
      else if (type === 0xff) {
        if (size !== 6 || !isFramed(input.subarray(from - 4, at))) corruptSnappy();
      } else if (type < 0x80) throw new Error('snappy: unsupported input');
    }
  });
}

/** Of the chunk in `input[from..end)`; 0 stands for a compressed one, 1 for one that is not. */
function plainSize(input: Buffer, type: number, from: number, end: number): number {
  if (end - from < 4) corruptSnappy();
  const length = type === 1 ? end - from - 4 : new SnappyBlock(input, from + 4, end).length;
  if (length > piece) corruptSnappy();
  return length;
}

function readChunk(input: Buffer, type: number, from: number, end: number, output: PlainOutput): void {
  const start = output.at;
  if (type === 1) output.append(input.subarray(from + 4, end));
  else {
    const block = new SnappyBlock(input, from + 4, end);
    output.at = block.read(output.bytes, start, start, Number.POSITIVE_INFINITY);
  }
  if (masked(crc32c(output.bytes.subarray(start, output.at))) !== input.readUInt32LE(from)) corruptSnappy();
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
