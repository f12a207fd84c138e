import type { Batch } from '../batch.js';
import { at32 } from '../wire/at.js';
import { pointsOf, reframeMetric } from './metric-points.js';

/** A metric that has only some of its points. */
interface Piece {
  /** With their tag. */
  readonly bytes: Uint8Array;
  readonly points: number;
}

/**
 * Which items go to which part: rows of items, part after part, within a part in their order. A metric whose points
 * part ways is there once for each part that it has points in, as a piece. Filled anew for each partition.
 */
export class Chosen {
  /** Rows before they are sorted by part. */
  #item: Int32Array = new Int32Array(8192);
  #part: Int32Array = new Int32Array(8192);
  #used = 0;
  #unsortedPieces: Map<number, Piece> = new Map();

  /** The row of the item of each entry. */
  rows: Int32Array = new Int32Array(8192);
  /** By entry; undefined when all entries are whole items, so that neighbours in the batch can be copied as one run. */
  pieces: Map<number, Piece> | undefined;
  #starts: Int32Array = new Int32Array(0);
  #units: Int32Array = new Int32Array(0);

  /** `partOf` as `partition` has it. */
  fill(batch: Batch, partOf: Int32Array, parts: number): void {
    this.pieces = undefined;
    if (batch.signal === 'traces' || batch.signal === 'logs') this.#sort(partOf, batch.itemCount, undefined, parts);
    else {
      this.#choose(batch, partOf);
      this.#sort(this.#part, this.#used, this.#item, parts);
      this.#countUnits(batch, parts);
    }
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
  #choose(batch: Batch, partOf: Int32Array): void {
    const { index, signal, itemCount } = batch;
    this.#unsortedPieces = new Map();
    this.#used = 0;
    let unit = 0;
    for (let item = 0; item < index.itemCount; item++) {
      const units = index.pointCount(item);
      // A metric without points goes to the part of its neighbour.
      const near = this.#used > 0 ? at32(this.#part, this.#used - 1) : at32(partOf, Math.min(unit, itemCount - 1));
      const part = units > 0 ? at32(partOf, unit) : near;
      if (signal === 'profiles' || isUniform(partOf, unit, unit + units)) this.#add(item, part);
      else this.#cut(batch, item, partOf.subarray(unit, unit + units));
      unit += units;
    }
  }

  #cut({ bytes, index }: Batch, item: number, partOf: Int32Array): void {
    const metric = pointsOf(bytes, index.itemFrom(item), index.itemTo(item));
    const pointsIn = new Map<number, number[]>();
    partOf.forEach((part, point) => {
      const points = pointsIn.get(part);
      if (points) points.push(point);
      else pointsIn.set(part, [point]);
    });
    for (const [part, points] of pointsIn) {
      if (part < 0) continue;
      this.#unsortedPieces.set(this.#used, { bytes: reframeMetric(bytes, metric, points), points: points.length });
      this.#add(item, part);
    }
  }

  #add(item: number, part: number): void {
    if (this.#used === this.#item.length) {
      this.#item = larger(this.#item);
      this.#part = larger(this.#part);
    }
    this.#item[this.#used] = item;
    this.#part[this.#used++] = part;
  }

  /** Sorts entries by part; without `items`, entry `i` is item `i`. */
  #sort(part: Int32Array, count: number, items: Int32Array | undefined, parts: number): void {
    const starts = new Int32Array(parts + 1);
    for (let i = 0; i < count; i++) {
      const p = at32(part, i);
      if (p >= 0) starts[p + 1] = at32(starts, p + 1) + 1;
    }
    this.#units = starts.slice(1);
    for (let p = 0; p < parts; p++) starts[p + 1] = at32(starts, p + 1) + at32(starts, p);
    const next = starts.slice(0, parts);
    while (this.rows.length < count) this.rows = larger(this.rows);
    const { rows } = this;
    for (let i = 0; i < count; i++) {
      const p = at32(part, i);
      if (p < 0) continue;
      const place = at32(next, p);
      next[p] = place + 1;
      rows[place] = items ? at32(items, i) : i;
      const piece = items && this.#unsortedPieces.get(i);
      if (piece) (this.pieces ??= new Map()).set(place, piece);
    }
    this.#starts = starts;
  }

  #countUnits({ index }: Batch, parts: number): void {
    for (let p = 0; p < parts; p++) {
      let units = 0;
      for (let i = this.start(p); i < this.start(p + 1); i++)
        units += this.pieces?.get(i)?.points ?? index.pointCount(at32(this.rows, i));
      this.#units[p] = units;
    }
  }
}

function isUniform(partOf: Int32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (at32(partOf, i) !== at32(partOf, from)) return false;
  return true;
}

function larger(rows: Int32Array): Int32Array {
  const next = new Int32Array(rows.length * 2);
  next.set(rows);
  return next;
}
