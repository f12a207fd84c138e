import { SeededHash } from '../../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../../otlp/wire/at.js';
import type { Range } from '../../otlp/view/range.js';
import { HashIndex } from '../../aggregation/hash-index.js';
import { IdRows } from '../../aggregation/id-rows.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import type { Values } from '../../aggregation/values.js';

/** Bytes of a key: a trace ID and the span ID of the client. */
const keyBytes = 24;
const keyWords = keyBytes / 4;
const spanAt = 16;

/** The fields of an edge that are numbers of `Values`, or of the edge's own. Dimensions stand behind them. */
export const edgeField = {
  client: 0,
  server: 1,
  /** The name of a server that may turn out to have no spans. */
  peer: 2,
  /** A number of `connection`. */
  connection: 3,
  failed: 4,
  /** Spans that it is made of. */
  spans: 5,
} as const;
/** The first of those above that is no value. */
const values = 3;
const ownFields = 6;
/** Place in the lists, and the key. */
const link = { next: 0, previous: 1, hash: 2, key: 3 } as const;
const linkFields = link.key + keyWords;
/** Latencies in their unit, and when its wait is over, in `Clock.now()` milliseconds. */
export const edgeNumber = { clientLatency: 0, serverLatency: 1, expires: 2 } as const;
/** Slot of a row in an index that is two thirds full. */
const perSlot = 12;

export interface EdgesParts {
  readonly values: Values;
  readonly bound: MemoryBound;
  /** Edges that may wait at a time. */
  readonly limit: number;
  /** Columns of dimensions: two for each that is configured. */
  readonly dimensions: number;
}

/**
 * Edges of which one half waits for the other, by trace ID and span ID of the client: rows of numbers, in a table with
 * a seeded hash, and a list by age. No object for an edge.
 */
export class Edges {
  readonly #values: Values;
  readonly #bound: MemoryBound;
  readonly #limit: number;
  readonly #hash: SeededHash = new SeededHash();
  readonly #index: HashIndex = new HashIndex();
  readonly #rows: IdRows;
  readonly #numbers: NumberRows = new NumberRows(3);
  readonly #rowBytes: number;
  readonly #dimensions: number;
  /** The key that is looked for, as bytes and as numbers. */
  readonly #key: Uint8Array = new Uint8Array(keyBytes);
  readonly #keyWords: Int32Array = new Int32Array(this.#key.buffer);
  #keyHash = 0;
  #oldest = -1;
  #youngest = -1;
  /** Rows that are not in use, as a chain in the field `next`. */
  #free = -1;
  #made = 0;
  /** Edges that wait. */
  count = 0;
  /** Bytes of the edges and their values, at most: values that several of them share count for each. */
  bytes = 0;

  constructor({ values: shared, bound, limit, dimensions }: EdgesParts) {
    this.#values = shared;
    this.#bound = bound;
    this.#limit = limit;
    this.#dimensions = dimensions;
    this.#rows = new IdRows(linkFields + ownFields + dimensions);
    this.#rowBytes = (this.#rows.stride + perSlot / 4) * 4 + this.#numbers.stride * 8;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#index.reservedBytes + this.#rows.reservedBytes + this.#numbers.reservedBytes;
  }

  /** The waiting edge of a client's span, which is looked for; -1 when there is none. An ID without bytes is zeros. */
  find(traceId: Range, clientSpanId: Range): number {
    fill(this.#key, 0, spanAt, traceId);
    fill(this.#key, spanAt, keyBytes, clientSpanId);
    this.#keyHash = this.#hash.of(this.#key, 0, keyBytes);
    for (let edge = this.#index.first(this.#keyHash); edge >= 0; edge = this.#index.next())
      if (this.#isLookedFor(edge)) return edge;
    return -1;
  }

  /** A row for the edge that is looked for. It does not wait yet: `keep` or `remove` follows in the same turn. */
  make(): number {
    const edge = this.#free >= 0 ? this.#free : this.#made++;
    if (edge === this.#free) this.#free = this.#rows.get(edge, link.next);
    this.#rows.clear(edge);
    this.#numbers.clear(edge);
    const row = this.#rows.chunk(edge);
    const at = this.#rows.at(edge);
    row[at + link.hash] = this.#keyHash;
    row[at + link.previous] = notKept;
    row.set(this.#keyWords, at + link.key);
    return edge;
  }

  /** Lets an edge that was made wait until `expires`; false when there is no room. */
  keep(edge: number, expires: number): boolean {
    const bytes = this.#rowBytes + this.#valueBytes(edge);
    if (this.count >= this.#limit || !this.#bound.fits(this.#rowBytes, this.bytes)) return false;
    const rows = this.#rows;
    if (!this.#index.add(rows.get(edge, link.hash), edge)) return false;
    this.#numbers.set(edge, edgeNumber.expires, expires);
    rows.set(edge, link.next, -1);
    rows.set(edge, link.previous, this.#youngest);
    if (this.#youngest >= 0) rows.set(this.#youngest, link.next, edge);
    else this.#oldest = edge;
    this.#youngest = edge;
    this.count++;
    this.bytes += bytes;
    this.#bound.count(this.#rowBytes);
    return true;
  }

  /** Ends an edge, whether it waits or was only made, and lets go of its values. */
  remove(edge: number): void {
    const rows = this.#rows;
    const previous = rows.get(edge, link.previous);
    if (previous !== notKept) this.#unlink(edge, previous);
    for (let i = 0; i < values; i++) this.#values.release(rows.get(edge, linkFields + i));
    for (let i = 0; i < this.#dimensions; i++) this.#values.release(this.dimension(edge, i));
    rows.set(edge, link.next, this.#free);
    this.#free = edge;
  }

  /** The edge that has waited for the longest; -1 when none waits. */
  get oldest(): number {
    return this.#oldest;
  }

  get(edge: number, field: number): number {
    return this.#rows.get(edge, linkFields + field);
  }

  set(edge: number, field: number, value: number): void {
    this.#rows.set(edge, linkFields + field, value);
  }

  /** Sets a field that is a value, which is held as long as it stands there. */
  setValue(edge: number, field: number, value: number): void {
    this.#setHeld(edge, linkFields + field, value);
  }

  dimension(edge: number, column: number): number {
    return this.#rows.get(edge, linkFields + ownFields + column);
  }

  setDimension(edge: number, column: number, value: number): void {
    this.#setHeld(edge, linkFields + ownFields + column, value);
  }

  number(edge: number, field: number): number {
    return this.#numbers.get(edge, field);
  }

  setNumber(edge: number, field: number, value: number): void {
    this.#numbers.set(edge, field, value);
  }

  /** Whether the client's span has no ID: its server was called by nobody who is traced. */
  isRoot(edge: number): boolean {
    return this.#rows.get(edge, link.key + 4) === 0 && this.#rows.get(edge, link.key + 5) === 0;
  }

  #setHeld(edge: number, place: number, value: number): void {
    const before = this.#rows.get(edge, place);
    if (before === value) return;
    this.#values.hold(value);
    this.#values.release(before);
    this.#rows.set(edge, place, value);
    if (this.#rows.get(edge, link.previous) !== notKept)
      this.bytes += this.#values.lengthOf(value) - this.#values.lengthOf(before);
  }

  #isLookedFor(edge: number): boolean {
    const row = this.#rows.chunk(edge);
    const at = this.#rows.at(edge) + link.key;
    for (let i = 0; i < keyWords; i++) if (at32(row, at + i) !== at32(this.#keyWords, i)) return false;
    return true;
  }

  #unlink(edge: number, previous: number): void {
    const rows = this.#rows;
    this.#index.remove(rows.get(edge, link.hash), edge);
    const next = rows.get(edge, link.next);
    if (previous >= 0) rows.set(previous, link.next, next);
    else this.#oldest = next;
    if (next >= 0) rows.set(next, link.previous, previous);
    else this.#youngest = previous;
    this.count--;
    this.bytes -= this.#rowBytes + this.#valueBytes(edge);
    this.#bound.count(-this.#rowBytes);
  }

  #valueBytes(edge: number): number {
    let sum = 0;
    for (let i = 0; i < values; i++) sum += this.#values.lengthOf(this.#rows.get(edge, linkFields + i));
    for (let i = 0; i < this.#dimensions; i++) sum += this.#values.lengthOf(this.dimension(edge, i));
    return sum;
  }
}

/** In place of the neighbour of an edge that does not wait. */
const notKept = -2;

function fill(key: Uint8Array, from: number, to: number, { bytes, start, length }: Range): void {
  if (length !== to - from) key.fill(0, from, to);
  else for (let i = 0; i < length; i++) key[from + i] = byteAt(bytes, start + i);
}
