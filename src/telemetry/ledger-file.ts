import fs from 'node:fs';
import type { LedgerRow } from '../component/ledger.js';
import { formerParts } from './ledger.js';

/** Bytes of the number and the length before a copy of the rows, and of the number behind it. */
const headBytes = 16;
const tailBytes = 8;

/**
 * Two places for copies of the rows, one behind the other. The first pair takes the rows of some 500 components. Rows
 * that do not fit get a pair of twice the size behind the one before, which stays as it is.
 */
interface SlotPair {
  readonly at: number;
  /** Of one of the two, bytes. */
  readonly size: number;
}
const firstPair: SlotPair = { at: 0, size: 256 * 1024 };
const pairAfter = ({ at, size }: SlotPair): SlotPair => ({ at: at + 2 * size, size: 2 * size });

/**
 * The books of one worker in a file, written before a request is acknowledged, so that they survive the worker. Two
 * slots are written in turn, each copy with its number at both ends: whenever the worker dies, one copy is complete.
 */
export class LedgerFile {
  readonly #fd: number;
  #number = 0;
  /** The last one that has its room in the file; undefined when there was no room yet. */
  #pair: SlotPair | undefined;

  constructor(path: string) {
    this.#fd = fs.openSync(path, 'w+', 0o600);
  }

  /** Throws when there is no room; the copies before stay. */
  write(rows: readonly LedgerRow[]): void {
    const text = Buffer.from(JSON.stringify(rows));
    const length = headBytes + text.length + tailBytes;
    const pair = this.#roomFor(length);
    const number = ++this.#number;
    const bytes = Buffer.allocUnsafe(length);
    bytes.writeDoubleLE(number, 0);
    bytes.writeDoubleLE(text.length, 8);
    bytes.set(text, headBytes);
    bytes.writeDoubleLE(number, headBytes + text.length);
    this.#put(bytes, pair.at + (number % 2) * pair.size);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  /** Room is taken before it is needed: on a disk that is full later, books can still be written. */
  #roomFor(length: number): SlotPair {
    let pair = this.#pair ?? firstPair;
    while (length > pair.size) pair = pairAfter(pair);
    if (pair !== this.#pair) this.#put(Buffer.alloc(2 * pair.size), pair.at);
    return (this.#pair = pair);
  }

  #put(bytes: Uint8Array, at: number): void {
    const written = fs.writeSync(this.#fd, bytes, 0, bytes.length, at);
    if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`);
  }
}

/** The latest complete copy of the books in a file; empty when there is no file or nothing in it yet. */
export function readLedgerFile(path: string): LedgerRow[] {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const copies = copiesIn(fd, fs.fstatSync(fd).size).sort((a, b) => b.number - a.number);
    for (const { number, at, length } of copies) {
      const bytes = readAt(fd, at, length + tailBytes);
      if (bytes.length < length + tailBytes || bytes.readDoubleLE(length) !== number) continue;
      return JSON.parse(bytes.toString('utf8', 0, length)) as LedgerRow[];
    }
    return [];
  } finally {
    fs.closeSync(fd);
  }
}

/** The copies that have a head, complete or not. */
function copiesIn(
  fd: number,
  size: number,
): { readonly number: number; readonly at: number; readonly length: number }[] {
  const copies = [];
  for (let pair = firstPair; pair.at < size; pair = pairAfter(pair))
    for (const at of [pair.at, pair.at + pair.size]) {
      const head = readAt(fd, at, headBytes);
      if (head.length < headBytes) continue;
      const number = head.readDoubleLE(0);
      const length = head.readDoubleLE(8);
      const fits = Number.isInteger(length) && length >= 0 && headBytes + length + tailBytes <= pair.size;
      if (number > 0 && fits) copies.push({ number, at: at + headBytes, length });
    }
  return copies;
}

/** Fewer bytes at the end of the file. */
function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, at));
}

/** Adds up the rows of several processes. */
export function mergedRows(all: readonly (readonly LedgerRow[])[]): LedgerRow[] {
  const merged = new Map<string, LedgerRow>();
  for (const row of all.flat()) {
    const key = `${row.kind} ${row.signal} ${row.id}`;
    const before = merged.get(key);
    merged.set(key, before ? sum(before, row) : row);
  }
  return [...merged.values()];
}

/**
 * Books the items that a dead worker still held as dropped: their senders had a response already, or will send them
 * again. Those of a queue with a storage are still there, wherever they were held: the next worker restores them.
 */
export function bookedAsDead(rows: readonly LedgerRow[]): LedgerRow[] {
  return rows.map((row) => {
    if (row.kind === 'receiver') return row;
    const lost = row.in + row.created - row.out - total(row.dropped) - total(row.returned);
    if (lost === 0) return { ...row, held: {}, balanced: true };
    if ('stored' in row.held)
      return { ...row, returned: both(row.returned, { stored: lost }), held: {}, balanced: true };
    return { ...row, dropped: both(row.dropped, { worker_died: lost }), held: {}, balanced: true };
  });
}

/** The rows with those of parts that `live` has not, and that hold nothing, added up to one for each component. */
export function foldedParts(rows: readonly LedgerRow[], live: readonly LedgerRow[]): LedgerRow[] {
  const inUse = new Set(live.map(({ id, signal }) => `${signal} ${id}`));
  const folded = rows.map((row) => {
    if (row.kind === 'receiver' || inUse.has(`${row.signal} ${row.id}`) || total(row.held) !== 0) return row;
    return { ...row, id: formerParts(row.id) ?? row.id };
  });
  return mergedRows([folded]);
}

function sum(a: LedgerRow, b: LedgerRow): LedgerRow {
  if (a.kind === 'receiver' && b.kind === 'receiver')
    return { ...a, accepted: a.accepted + b.accepted, refused: both(a.refused, b.refused) };
  if (a.kind !== 'component' || b.kind !== 'component') return a;
  return {
    ...a,
    ...{ in: a.in + b.in, created: a.created + b.created, out: a.out + b.out },
    ...{ dropped: both(a.dropped, b.dropped), returned: both(a.returned, b.returned), held: both(a.held, b.held) },
    balanced: a.balanced && b.balanced,
  };
}

function both(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const out: Record<string, number> = { ...a };
  for (const [name, items] of Object.entries(b)) out[name] = (out[name] ?? 0) + items;
  return out;
}

function total(amounts: Readonly<Record<string, number>>): number {
  return Object.values(amounts).reduce((all, items) => all + items, 0);
}
