import { crc32 } from 'node:zlib';
import { lengthOf, piecesOf, type StorageValue } from '../../component/storage.js';

/**
 * The records of one atomic write, as they lie in a segment:
 *
 *     marker 8 | table length 4 | body length 4 | operations 4 | CRC-32 4 | a flag for each operation | table | body
 *
 * The table has kind 1, key length 4, value length 4, CRC-32 of the value 4 and the key of each operation; the body has
 * the values one after the other. Numbers are little-endian. The first CRC is over the three numbers before it and the
 * table. Flags are outside of it: they change in place, when a record is no longer needed.
 */
export const headBytes = 24;
export const markerBytes = 8;
/** Bytes of an operation in the table, beside its key. */
const rowBytes = 13;
/** Bytes that a table has at most: a longer one is damage. */
const mostTable = 64 << 20;
/** Bytes that the values of one frame have at most: what 32 bits can say. */
export const mostBody: number = 2 ** 32 - 1;

const kindSet = 1;
const kindDelete = 2;

/** A flag of a record that is no longer needed. Four bits would have to tip over to make one of the other. */
export const deadFlag = 0xff;
const liveFlag = 0x00;
export const deadFlagBytes: Uint8Array = Uint8Array.of(deadFlag);

export type FrameOperation =
  | { readonly kind: 'set'; readonly key: string; readonly value: StorageValue; readonly crc: number }
  | { readonly kind: 'delete'; readonly key: string };

export interface EncodedFrame {
  /** To be written one behind the other; values are not copied. */
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
}

/** One operation of a frame that lies at `at` in a segment. */
export type FoundOperation = {
  readonly key: string;
  /** ValuePlace of its flag in the segment. */
  readonly flagAt: number;
  readonly dead: boolean;
} & (
  | { readonly kind: 'set'; readonly at: number; readonly length: number; readonly crc: number }
  | { readonly kind: 'delete' }
);

/** The numbers at the begin of a frame. */
export interface FrameHead {
  readonly operations: number;
  readonly table: number;
  readonly body: number;
  readonly crc: number;
}

export function frameLength({ operations, table, body }: Pick<FrameHead, 'operations' | 'table' | 'body'>): number {
  return headBytes + operations + table + body;
}

/** Bytes that a frame with these operations has. */
export function encodedLength(operations: readonly FrameOperation[]): number {
  let length = headBytes;
  for (const operation of operations) {
    length += 1 + rowBytes + Buffer.byteLength(operation.key);
    if (operation.kind === 'set') length += lengthOf(operation.value);
  }
  return length;
}

export function encodeFrame(marker: Uint8Array, operations: readonly FrameOperation[]): EncodedFrame {
  let table = 0;
  let body = 0;
  for (const operation of operations) {
    table += rowBytes + Buffer.byteLength(operation.key);
    if (operation.kind === 'set') body += lengthOf(operation.value);
  }
  const start = Buffer.allocUnsafe(headBytes + operations.length + table);
  start.set(marker, 0);
  start.writeUInt32LE(table, 8);
  start.writeUInt32LE(body, 12);
  start.writeUInt32LE(operations.length, 16);
  start.fill(liveFlag, headBytes, headBytes + operations.length);
  const pieces: Uint8Array[] = [start];
  let at = headBytes + operations.length;
  for (const operation of operations) {
    const { key } = operation;
    const isSet = operation.kind === 'set';
    start[at] = isSet ? kindSet : kindDelete;
    const keyBytes = start.write(key, at + rowBytes);
    start.writeUInt32LE(keyBytes, at + 1);
    start.writeUInt32LE(isSet ? lengthOf(operation.value) : 0, at + 5);
    start.writeUInt32LE(isSet ? operation.crc : 0, at + 9);
    at += rowBytes + keyBytes;
    if (isSet) for (const piece of piecesOf(operation.value)) if (piece.length > 0) pieces.push(piece);
  }
  start.writeUInt32LE(headCrc(start, start.subarray(headBytes + operations.length)), 20);
  return { pieces, length: start.length + body };
}

/** The numbers of a frame whose first `headBytes` these are; undefined when they can't be those of one. */
export function readHead(head: Buffer, marker: Uint8Array): FrameHead | undefined {
  if (head.compare(marker, 0, markerBytes, 0, markerBytes) !== 0) return undefined;
  const table = head.readUInt32LE(8);
  const operations = head.readUInt32LE(16);
  if (table > mostTable || operations * rowBytes > table) return undefined;
  return { table, body: head.readUInt32LE(12), operations, crc: head.readUInt32LE(20) };
}

/**
 * The operations of a frame at `at`, of which `flagsAndTable` are the bytes between head and body; undefined when the
 * frame is damaged.
 */
export function readTable(
  head: Buffer,
  numbers: FrameHead,
  flagsAndTable: Buffer,
  at: number,
): readonly FoundOperation[] | undefined {
  const { operations, body } = numbers;
  const table = flagsAndTable.subarray(operations);
  if (headCrc(head, table) !== numbers.crc) return undefined;
  const found: FoundOperation[] = [];
  let row = 0;
  let valueAt = at + headBytes + flagsAndTable.length;
  const bodyEnd = valueAt + body;
  for (let i = 0; i < operations; i++) {
    if (row + rowBytes > table.length) return undefined;
    const keyLength = table.readUInt32LE(row + 1);
    const length = table.readUInt32LE(row + 5);
    const keyAt = row + rowBytes;
    if (keyAt + keyLength > table.length || valueAt + length > bodyEnd) return undefined;
    const common = {
      key: table.toString('utf8', keyAt, keyAt + keyLength),
      flagAt: at + headBytes + i,
      dead: isDead(flagsAndTable[i] ?? liveFlag),
    };
    if (table[row] === kindSet)
      found.push({ ...common, kind: 'set', at: valueAt, length, crc: table.readUInt32LE(row + 9) });
    else found.push({ ...common, kind: 'delete' });
    valueAt += length;
    row = keyAt + keyLength;
  }
  return found;
}

/** A flag with one damaged bit keeps its meaning. */
function isDead(flag: number): boolean {
  let bits = 0;
  for (let rest = flag; rest > 0; rest >>= 1) bits += rest & 1;
  return bits > 4;
}

function headCrc(head: Uint8Array, table: Uint8Array): number {
  return crc32(table, crc32(head.subarray(markerBytes, 20)));
}

/** Where the operations of a frame lie once it was written at `at`. */
export function placedAt(at: number, operations: readonly FrameOperation[]): readonly FoundOperation[] {
  let valueAt = at + headBytes + operations.length;
  for (const { key } of operations) valueAt += rowBytes + Buffer.byteLength(key);
  return operations.map((operation, i) => {
    const common = { key: operation.key, flagAt: at + headBytes + i, dead: false };
    if (operation.kind === 'delete') return { ...common, kind: 'delete' };
    const { crc, value } = operation;
    const length = lengthOf(value);
    const placed: FoundOperation = { ...common, kind: 'set', at: valueAt, length, crc };
    valueAt += length;
    return placed;
  });
}
