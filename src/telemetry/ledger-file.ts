import fs from 'node:fs';
import type { LedgerRow } from '../component/ledger.js';

/** Size of one of the two slots for copies of the rows, bytes. */
const slot = 256 * 1024;
const head = 16;

/**
 * The books of one worker in a file, written before a request is acknowledged, so that they survive the worker. Two
 * slots are written in turn, each copy with its number at both ends: whenever the worker dies, one copy is complete.
 */
export class LedgerFile {
  readonly #fd: number;
  #number = 0;

  constructor(path: string) {
    this.#fd = fs.openSync(path, 'w+', 0o600);
  }

  write(rows: readonly LedgerRow[]): void {
    const text = Buffer.from(JSON.stringify(rows));
    if (text.length > slot - head - 8)
      throw new Error(
        `the books of a worker need ${text.length} bytes, and ${slot - head - 8} are the limit: too many components`,
      );
    const number = ++this.#number;
    const bytes = Buffer.allocUnsafe(head + text.length + 8);
    bytes.writeDoubleLE(number, 0);
    bytes.writeDoubleLE(text.length, 8);
    bytes.set(text, head);
    bytes.writeDoubleLE(number, head + text.length);
    fs.writeSync(this.#fd, bytes, 0, bytes.length, (number % 2) * slot);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** The latest complete copy of the books in a file; empty when there is no file or nothing in it yet. */
export function readLedgerFile(path: string): LedgerRow[] {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch {
    return [];
  }
  let best: { readonly number: number; readonly text: string } | undefined;
  for (const at of [0, slot]) {
    if (bytes.length < at + head) continue;
    const number = bytes.readDoubleLE(at);
    const length = bytes.readDoubleLE(at + 8);
    const end = at + head + length;
    if (number === 0 || !(length >= 0) || end + 8 > bytes.length || bytes.readDoubleLE(end) !== number) continue;
    if (!best || number > best.number) best = { number, text: bytes.toString('utf8', at + head, end) };
  }
  return best ? (JSON.parse(best.text) as LedgerRow[]) : [];
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
 * again.
 */
export function bookedAsDead(rows: readonly LedgerRow[]): LedgerRow[] {
  return rows.map((row) => {
    if (row.kind === 'receiver') return row;
    const lost = row.in + row.created - row.out - total(row.dropped) - total(row.returned);
    const dropped =
      lost === 0 ? row.dropped : { ...row.dropped, worker_died: (row.dropped['worker_died'] ?? 0) + lost };
    return { ...row, dropped, held: {}, balanced: true };
  });
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
