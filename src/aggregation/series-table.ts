import { randomFillSync } from 'node:crypto';
import { at32 } from '../otlp/wire/at.js';
import { HashIndex } from './hash-index.js';
import { IdRows } from './id-rows.js';
import type { MemoryBound } from './memory-bound.js';
import type { Values } from './values.js';
import { withRoom } from '../otlp/wire/numbers.js';

export interface SeriesTableParts {
  readonly values: Values;
  readonly bound: MemoryBound;
  /** Values that make a series what it is. */
  readonly keys: number;
  /** Values that a series has beside them, as its first item had them. */
  readonly others?: number;
  /** Bytes that the owner keeps for each row in tables of its own, such as a histogram. */
  readonly bytesBeside: number;
}

const field = { group: 0, next: 1, previous: 2, hash: 3 } as const;
const fields = 4;
/** Slot of a row in an index that is two thirds full. */
const perSlot = 12;

/**
 * Series by the values of their attributes: a row number for each combination of a group (such as a resource) and some
 * numbers of `Values`. Rows that are removed are used again. The counts of a row stand in tables of the owner,
 * by the same number (`NumberRows`, histograms).
 * ```
 * table.group = resource;
 * table.key[0] = values.canonicalOf((table.shown[0] = values.find(...)));   // and so on
 * const row = table.find();
 * if (row < 0 && bound.fits(table.rowBytes, held)) counts.clear((row = table.add()));
 * ```
 */
export class SeriesTable {
  /** The series that is looked for: its group, and canonical values. */
  group = 0;
  readonly key: Int32Array;
  /** The values that the series shows if it is added: in place of those of `key`, and behind them the others. */
  readonly shown: Int32Array;
  /** Size of a row against the bound, bytes. */
  readonly rowBytes: number;
  readonly #values: Values;
  readonly #bound: MemoryBound;
  readonly #keys: number;
  readonly #rows: IdRows;
  readonly #index: HashIndex = new HashIndex();
  /** Secret odd factors, one more than keys: without them, combinations that collide cannot be found. */
  readonly #factors: Int32Array;
  /** By group: one more than its first row, and how many it has. */
  #firsts: Int32Array = new Int32Array(16);
  #counts: Int32Array = new Int32Array(16);
  /** Rows that are not in use, as a chain in the field `next`; -1 ends it. */
  #free = -1;
  #made = 0;
  /** Rows in use. */
  count = 0;
  /** Of `findAll`. */
  #hashes: Int32Array = new Int32Array(64);
  #groups: Int32Array = new Int32Array(64);

  constructor({ values, bound, keys, others = 0, bytesBeside }: SeriesTableParts) {
    this.#values = values;
    this.#bound = bound;
    this.#keys = keys;
    this.key = new Int32Array(keys);
    this.shown = new Int32Array(keys + others);
    this.#rows = new IdRows(fields + keys + others);
    this.rowBytes = this.#rows.stride * 4 + perSlot + bytesBeside;
    this.#factors = randomFillSync(new Int32Array(keys + 1)).map((factor) => factor | 1);
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#rows.reservedBytes + this.#index.reservedBytes + this.#firsts.byteLength + this.#counts.byteLength;
  }

  /** The row of the series that is looked for; -1 when it is not there. */
  find(): number {
    return this.#findIn(this.key, 0, this.#hashOf(this.key, 0));
  }

  /**
   * Looks up `count` series of the group, whose keys stand in `keys` one behind the other, and sets `rows[i]` to the
   * row of each, or to -1, also where `rows[i]` was below 0: no key has to stand there. Each step is done for all of
   * them before the next one, as in `Values.findAll`.
   */
  findAll(keys: Int32Array, rows: Int32Array, count: number): void {
    const hashes = (this.#hashes = withRoom(this.#hashes, count));
    const groups = (this.#groups = withRoom(this.#groups, count));
    const width = this.#keys;
    for (let i = 0; i < count; i++) {
      if (at32(rows, i) < 0) continue;
      hashes[i] = this.#hashOf(keys, i * width);
    }
    for (let i = 0; i < count; i++) if (at32(rows, i) >= 0) rows[i] = this.#index.only(at32(hashes, i));
    for (let i = 0; i < count; i++) if (at32(rows, i) >= 0) groups[i] = this.#rows.get(at32(rows, i), field.group);
    for (let i = 0; i < count; i++) {
      const row = at32(rows, i);
      if (row >= 0 && !(at32(groups, i) === this.group && this.#isRow(row, keys, i * width)))
        rows[i] = this.#findIn(keys, i * width, at32(hashes, i));
    }
  }

  /**
   * Adds the series that is looked for, which is not there, and holds the values that it shows. -1 when that is not
   * possible, which no sender can bring about.
   */
  add(): number {
    const row = this.#free >= 0 ? this.#free : this.#made;
    const hash = this.#hashOf(this.key, 0);
    if (!this.#index.add(hash, row)) return -1;
    this.#take(row, this.group);
    this.#rows.set(row, field.hash, hash);
    for (let i = 0; i < this.shown.length; i++) {
      const id = at32(this.shown, i);
      this.#rows.set(row, fields + i, id);
      this.#values.hold(id);
    }
    return row;
  }

  /** Adds a row to a group that stands for no combination of values and is never found: an overflow series. */
  addApart(group: number): number {
    const row = this.#free >= 0 ? this.#free : this.#made;
    this.#take(row, group);
    return row;
  }

  /** Removes a row of `add`, or, with `apart`, of `addApart`. */
  remove(row: number, apart = false): void {
    const rows = this.#rows;
    const group = rows.get(row, field.group);
    if (!apart) this.#index.remove(rows.get(row, field.hash), row);
    for (let i = 0; i < this.shown.length; i++) this.#values.release(rows.get(row, fields + i));
    const next = rows.get(row, field.next);
    const previous = rows.get(row, field.previous);
    if (previous >= 0) rows.set(previous, field.next, next);
    else this.#firsts[group] = next + 1;
    if (next >= 0) rows.set(next, field.previous, previous);
    this.#counts[group] = at32(this.#counts, group) - 1;
    rows.set(row, field.next, this.#free);
    this.#free = row;
    this.count--;
    this.#bound.count(-this.rowBytes);
  }

  /** Bytes that the values of a row would take if nothing else had them. */
  valueBytes(row: number): number {
    let sum = 0;
    for (let i = 0; i < this.shown.length; i++) sum += this.#values.lengthOf(this.#rows.get(row, fields + i));
    return sum;
  }

  groupOf(row: number): number {
    return this.#rows.get(row, field.group);
  }

  /** The value that a row shows in a column: those of the key, then the others. */
  shownAt(row: number, column: number): number {
    return this.#rows.get(row, fields + column);
  }

  /** The row of a group that was added last; -1 when it has none. */
  firstOf(group: number): number {
    return group < this.#firsts.length ? at32(this.#firsts, group) - 1 : -1;
  }

  /** The row of the same group that was added before; -1 behind the last. */
  nextOf(row: number): number {
    return this.#rows.get(row, field.next);
  }

  /** Rows of a group. */
  countOf(group: number): number {
    return group < this.#counts.length ? at32(this.#counts, group) : 0;
  }

  /** A series may show another form of a value than it is looked for by. */
  #isSame(shown: number, canonical: number): boolean {
    return shown === canonical || this.#values.canonicalOf(shown) === canonical;
  }

  /** The row of the series whose key begins at `from`; -1 when it is not there. */
  #findIn(key: Int32Array, from: number, hash: number): number {
    for (let row = this.#index.first(hash); row >= 0; row = this.#index.next())
      if (this.#isRow(row, key, from)) return row;
    return -1;
  }

  /** Whether a row that was made once is the series of the group whose key begins at `from`. */
  #isRow(row: number, key: Int32Array, from: number): boolean {
    const own = this.#rows.chunk(row);
    const at = this.#rows.at(row);
    if (at32(own, at + field.group) !== this.group) return false;
    for (let i = 0; i < this.#keys; i++)
      if (!this.#isSame(at32(own, at + fields + i), at32(key, from + i))) return false;
    return true;
  }

  #hashOf(key: Int32Array, from: number): number {
    let hash = Math.imul(this.group, at32(this.#factors, this.#keys));
    for (let i = 0; i < this.#keys; i++) hash = (hash + Math.imul(at32(key, from + i), at32(this.#factors, i))) | 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  #take(row: number, group: number): void {
    const rows = this.#rows;
    if (row === this.#made) this.#made++;
    else this.#free = rows.get(row, field.next);
    rows.clear(row);
    this.#firsts = withRoom(this.#firsts, group + 1);
    this.#counts = withRoom(this.#counts, group + 1);
    const next = at32(this.#firsts, group) - 1;
    rows.set(row, field.group, group);
    rows.set(row, field.next, next);
    rows.set(row, field.previous, -1);
    if (next >= 0) rows.set(next, field.previous, row);
    this.#firsts[group] = row + 1;
    this.#counts[group] = at32(this.#counts, group) + 1;
    this.count++;
    this.#bound.count(this.rowBytes);
  }
}
