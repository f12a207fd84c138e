import { SeededHash, type HashSeed } from '../otlp/keys/seeded-hash.js';
import { HashIndex } from './hash-index.js';
import { IdRows } from './id-rows.js';
import type { MemoryBound } from './memory-bound.js';
import { NumberRows } from './number-rows.js';

const field = { hash: 0, previous: 1, next: 2, key: 3 } as const;
/** Slot of a row in an index that is two thirds full, and the time. */
const besideBytes = 12 + 8;

export interface StreamTableParts {
  readonly bound: MemoryBound;
  /** Bytes of a key, a multiple of 4. */
  readonly keyBytes: number;
  /** Numbers of 32 bits that the owner keeps for each row. */
  readonly fields: number;
  /** For tests. */
  readonly seed?: HashSeed;
}

/**
 * Rows by keys of bytes that all have one length, such as those of metric streams, in the order of their last use: the
 * one that was not used for the longest time is the first to be removed. No object for a row.
 */
export class StreamTable {
  /** Size of a row against the bound, bytes. */
  readonly rowBytes: number;
  readonly #bound: MemoryBound;
  readonly #hash: SeededHash;
  readonly #index: HashIndex = new HashIndex();
  readonly #rows: IdRows;
  readonly #seen: NumberRows = new NumberRows(1);
  readonly #words: number;
  readonly #own: number;
  #newest = -1;
  #oldest = -1;
  /** Rows that are not in use, as a chain in the field `next`; -1 ends it. */
  #free = -1;
  #made = 0;
  /** Rows in use. */
  count = 0;

  constructor({ bound, keyBytes, fields, seed }: StreamTableParts) {
    this.#bound = bound;
    this.#words = keyBytes >> 2;
    this.#own = field.key + this.#words;
    this.#rows = new IdRows(this.#own + fields);
    this.#hash = new SeededHash(seed);
    this.rowBytes = this.#rows.stride * 4 + besideBytes;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#rows.reservedBytes + this.#seen.reservedBytes + this.#index.reservedBytes;
  }

  /** The row of a key; -1 when it is not there. */
  find(key: Buffer): number {
    const hash = this.#hash.of(key, 0, this.#words * 4);
    for (let row = this.#index.first(hash); row >= 0; row = this.#index.next()) if (this.#is(row, key)) return row;
    return -1;
  }

  /** Adds a row of zeros for a key that is not there; -1 when that is not possible, which no sender can bring about. */
  add(key: Buffer, now: number): number {
    const hash = this.#hash.of(key, 0, this.#words * 4);
    const row = this.#free >= 0 ? this.#free : this.#made;
    if (!this.#index.add(hash, row)) return -1;
    if (row === this.#made) this.#made++;
    else this.#free = this.#rows.get(row, field.next);
    this.#rows.clear(row);
    this.#seen.clear(row);
    this.#rows.set(row, field.hash, hash);
    for (let i = 0; i < this.#words; i++) this.#rows.set(row, field.key + i, key.readInt32LE(i * 4));
    this.#link(row, now);
    this.count++;
    this.#bound.count(this.rowBytes);
    return row;
  }

  remove(row: number): void {
    this.#index.remove(this.#rows.get(row, field.hash), row);
    this.#unlink(row);
    this.#rows.set(row, field.next, this.#free);
    this.#free = row;
    this.count--;
    this.#bound.count(-this.rowBytes);
  }

  /** Notes that a row is used now. */
  use(row: number, now: number): void {
    if (row !== this.#newest) {
      this.#unlink(row);
      this.#link(row, now);
    } else this.#seen.set(row, 0, now);
  }

  /** The row that was not used for the longest time; -1 when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** When a row was used last. */
  seenAt(row: number): number {
    return this.#seen.get(row, 0);
  }

  /** A number of the owner. */
  get(row: number, number: number): number {
    return this.#rows.get(row, this.#own + number);
  }

  set(row: number, number: number, value: number): void {
    this.#rows.set(row, this.#own + number, value);
  }

  #is(row: number, key: Buffer): boolean {
    for (let i = 0; i < this.#words; i++)
      if (this.#rows.get(row, field.key + i) !== key.readInt32LE(i * 4)) return false;
    return true;
  }

  #link(row: number, now: number): void {
    this.#seen.set(row, 0, now);
    this.#rows.set(row, field.previous, -1);
    this.#rows.set(row, field.next, this.#newest);
    if (this.#newest >= 0) this.#rows.set(this.#newest, field.previous, row);
    else this.#oldest = row;
    this.#newest = row;
  }

  #unlink(row: number): void {
    const previous = this.#rows.get(row, field.previous);
    const next = this.#rows.get(row, field.next);
    if (previous >= 0) this.#rows.set(previous, field.next, next);
    else this.#newest = next;
    if (next >= 0) this.#rows.set(next, field.previous, previous);
    else this.#oldest = previous;
  }
}
