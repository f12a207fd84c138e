import type { Batch } from '../batch.js';
import { rowsAtOnce } from '../large.js';
import type { InPieces } from '../work.js';
import { at32 } from '../wire/at.js';
import { kept, withRoom } from '../wire/numbers.js';
import { Pieces } from './pieces.js';

/**
 * Which items go to which part: rows of items, part after part, within a part in their order. A metric whose points
 * part ways is there once for each part that it has points in, as a piece. Filled anew for each partition.
 */
export class Chosen {
  /** Rows before they are sorted by part. */
  #item: Int32Array = new Int32Array(64);
  #part: Int32Array = new Int32Array(64);
  #piece: Int32Array = new Int32Array(64);
  #used = 0;

  /** The row of the item of each entry. */
  rows: Int32Array = new Int32Array(64);
  /** The piece of each entry, -1 for a whole item; undefined when all entries are whole items. */
  pieceOf: Int32Array | undefined;
  readonly pieces: Pieces = new Pieces();
  #sortedPieces: Int32Array = new Int32Array(64);
  #starts: Int32Array = new Int32Array(0);
  #units: Int32Array = new Int32Array(0);

  /** Bytes that the rows and pieces take. */
  get memory(): number {
    return this.rows.byteLength + (this.pieceOf?.byteLength ?? 0) + this.pieces.memory;
  }

  /** Chooses in pieces of work: yields after each. `partOf` as `partition` has it. */
  *filling(batch: Batch, partOf: Int32Array, parts: number): InPieces<void> {
    this.pieceOf = undefined;
    if (batch.signal === 'traces' || batch.signal === 'logs') {
      yield* this.#sort(partOf, batch.itemCount, undefined, parts);
      return;
    }
    yield* this.#choose(batch, partOf, parts);
    yield* this.#sort(this.#part, this.#used, this.#item, parts);
    this.#countUnits(batch, partOf, parts);
  }

  /** Gives back the memory that an unusually large batch took. */
  trim(): void {
    this.#item = kept(this.#item);
    this.#part = kept(this.#part);
    this.#piece = kept(this.#piece);
    this.#sortedPieces = kept(this.#sortedPieces);
    this.rows = kept(this.rows);
    this.pieceOf = undefined;
    this.pieces.clear(0);
  }

  /** The entries of part `p` stand from here up to `start(p + 1)`. */
  start(p: number): number {
    return at32(this.#starts, p);
  }

  /** Spans, log records, data points or samples in part `p`. */
  units(p: number): number {
    return at32(this.#units, p);
  }

  /** Metrics, which can be cut between their points, and profiles, which follow their first sample. */
  *#choose(batch: Batch, partOf: Int32Array, parts: number): InPieces<void> {
    const { bytes, index, signal, itemCount } = batch;
    const { pieces } = this;
    pieces.clear(parts);
    this.#used = 0;
    let unit = 0;
    for (let item = 0; item < index.itemCount; item++) {
      if ((item + 1) % rowsAtOnce === 0) yield;
      const end = unit + index.pointCount(item);
      // A metric without points goes to the part of its neighbour.
      const near = this.#used > 0 ? at32(this.#part, this.#used - 1) : at32(partOf, Math.min(unit, itemCount - 1));
      const part = end > unit ? at32(partOf, unit) : near;
      if (signal === 'profiles' || isUniform(partOf, unit, end)) this.#add(item, part, -1);
      else {
        const first = pieces.count;
        pieces.cut(bytes, index.itemFrom(item), index.itemTo(item), partOf, unit, end);
        for (let piece = first; piece < pieces.count; piece++) this.#add(item, pieces.part(piece), piece);
      }
      unit = end;
    }
  }

  #add(item: number, part: number, piece: number): void {
    const i = this.#used++;
    if (i === this.#item.length) {
      this.#item = withRoom(this.#item, i + 1);
      this.#part = withRoom(this.#part, i + 1);
      this.#piece = withRoom(this.#piece, i + 1);
    }
    this.#item[i] = item;
    this.#part[i] = part;
    this.#piece[i] = piece;
  }

  /** Sorts entries by part; without `items`, entry `i` is item `i`. */
  *#sort(part: Int32Array, count: number, items: Int32Array | undefined, parts: number): InPieces<void> {
    const starts = new Int32Array(parts + 1);
    for (let i = 0; i < count; i++) {
      const p = at32(part, i);
      if (p >= 0) starts[p + 1] = at32(starts, p + 1) + 1;
    }
    this.#units = starts.slice(1);
    for (let p = 0; p < parts; p++) starts[p + 1] = at32(starts, p + 1) + at32(starts, p);
    const next = starts.slice(0, parts);
    this.rows = withRoom(this.rows, count);
    const { rows } = this;
    if (items && this.pieces.count > 0) this.pieceOf = this.#sortedPieces = withRoom(this.#sortedPieces, count);
    const { pieceOf } = this;
    if (count > rowsAtOnce) yield;
    for (let i = 0; i < count; i++) {
      const p = at32(part, i);
      if (p < 0) continue;
      const place = at32(next, p);
      next[p] = place + 1;
      rows[place] = i;
    }
    if (count > rowsAtOnce) yield;
    if (items)
      for (let place = 0; place < at32(starts, parts); place++) {
        const entry = at32(rows, place);
        rows[place] = at32(items, entry);
        if (pieceOf) pieceOf[place] = at32(this.#piece, entry);
      }
    this.#starts = starts;
  }

  #countUnits({ index, signal, itemCount }: Batch, partOf: Int32Array, parts: number): void {
    this.#units.fill(0);
    if (signal === 'metrics') {
      // Every point is in its own part, whether its metric was cut or not.
      for (let unit = 0; unit < itemCount; unit++) {
        const p = at32(partOf, unit);
        if (p >= 0) this.#units[p] = at32(this.#units, p) + 1;
      }
      return;
    }
    for (let p = 0; p < parts; p++) {
      let units = 0;
      for (let i = this.start(p); i < this.start(p + 1); i++) units += index.pointCount(at32(this.rows, i));
      this.#units[p] = units;
    }
  }
}

function isUniform(partOf: Int32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (at32(partOf, i) !== at32(partOf, from)) return false;
  return true;
}
