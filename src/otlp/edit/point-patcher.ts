import type { Batch } from '../batch.js';
import { MessageWriter } from '../build/message-writer.js';
import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { skipValue, tagAt, varintEnd, writeVarint } from '../wire/varint.js';
import type { InPieces } from '../work.js';
import { Changes, removed } from './changes.js';
import { encoding } from './encode.js';
import { Output } from './output.js';
import { Runs } from './runs.js';

// All kinds of data have their points in the same field, and those with a temporality have it in the same.
const pointTag = tagOf('Gauge', 'data_points');
const temporalityTag = tagOf('Sum', 'aggregation_temporality');
const dataTags: ReadonlySet<number> = new Set([
  tagOf('Metric', 'gauge'),
  tagOf('Metric', 'sum'),
  tagOf('Metric', 'histogram'),
  tagOf('Metric', 'exponential_histogram'),
  tagOf('Metric', 'summary'),
]);

/** Of a point: where its new fields begin, where they end, and a mask of the fields that they replace. */
const stride = 3;
const gone = -1;
/** Bytes of a tag of one byte with its length, at most. */
const frameBytes = 6;
/** Bytes of the new field for the temporality. */
const temporalityBytes = 2;
/** Points that are put together in one piece of work: some milliseconds. */
const pointsAtOnce = 1 << 14;

/**
 * Leaves out data points of a batch and sets fields of those that stay. Nothing is read back, so that the bytes are
 * copied once. Points are known by their number in the batch, as `BatchCursor.unit` counts, and may be changed in any
 * order, each of them once.
 * ```
 * patcher.open(batch);
 * const writer = patcher.patch(unit, 1 << startField);   // fields are written to it, then
 * patcher.patched(unit);
 * patcher.removePoint(other);
 * patcher.setTemporality(row, 1);
 * const changed = resultAtOnce(patcher.finishing());     // `batch` itself when nothing was changed
 * ```
 */
export class PointPatcher {
  readonly #changes: Changes = new Changes();
  readonly #runs: Runs = new Runs();
  readonly #writer: MessageWriter = new MessageWriter();
  #batch: Batch | undefined;
  #points: Int32Array = new Int32Array(0);
  /** By metric: 0 while its temporality stays. */
  #temporalities: Int32Array = new Int32Array(0);
  #isChanged = false;
  #patchedCount = 0;

  /** The new fields, and frames behind them. Their runs stand behind the bytes of the batch, one byte apart. */
  #added: Buffer = Buffer.alloc(0);
  #used = 0;
  #base = 0;
  /** A run that was not appended yet. */
  #from = 0;
  #to = 0;

  /** Begins with a batch of metrics. Changes of another one that was not finished are dropped. */
  open(batch: Batch): this {
    this.close();
    this.#batch = batch;
    this.#base = batch.bytes.length + 1;
    this.#points = cleared(this.#points, batch.itemCount * stride);
    this.#temporalities = cleared(this.#temporalities, batch.index.itemCount);
    this.#changes.reset(batch.index);
    return this;
  }

  /** Drops all changes and lets go of the batch. */
  close(): void {
    this.#batch = undefined;
    this.#runs.clear();
    this.#writer.reset();
    this.#added = Buffer.alloc(0);
    this.#isChanged = false;
    this.#patchedCount = this.#used = 0;
  }

  /** Leaves a point out; a metric without points goes too, and with it its scope and resource when they are empty. */
  removePoint(unit: number): void {
    this.#points[unit * stride] = gone;
    this.#isChanged = true;
  }

  /** Begins the new fields of a point, in place of those in `mask`: bits by field number, not 0. */
  patch(unit: number, mask: number): MessageWriter {
    this.#points[unit * stride] = this.#writer.size;
    this.#points[unit * stride + 2] = mask;
    return this.#writer;
  }

  /** Ends the new fields of a point. */
  patched(unit: number): void {
    this.#points[unit * stride + 1] = this.#writer.size;
    this.#patchedCount++;
    this.#isChanged = true;
  }

  /** Sets the temporality (1 delta, 2 cumulative) of the metric in a row, which is of a kind that has one. */
  setTemporality(row: number, temporality: number): void {
    this.#temporalities[row] = temporality;
    this.#isChanged = true;
  }

  /**
   * Encodes the changes in pieces of work and lets go of the batch. Returns the batch that was opened when nothing was
   * changed, else a new one, which the caller owns; it has no items when all were removed.
   */
  *finishing(): InPieces<Batch> {
    const batch = this.#batch;
    if (batch === undefined) throw new Error('no batch is open');
    let result = batch;
    if (this.#isChanged) {
      const frames = this.#patchedCount * frameBytes + batch.index.itemCount * (frameBytes + temporalityBytes);
      this.#used = this.#writer.size;
      this.#added = yield* this.#writer.finishing((size) => Buffer.allocUnsafe(size + frames));
      const counts = yield* this.#composing(batch);
      let next = 0;
      const out = new Output(this.#runs, batch.bytes, { base: this.#base, bytes: this.#added });
      // Lists are counted in the order of their rows.
      result = yield* encoding(batch, this.#changes, out, () => counts[next++] ?? 0);
    }
    this.close();
    return result;
  }

  /** Makes a list of runs of each metric that was changed; returns how many points each of these has. */
  *#composing(batch: Batch): InPieces<number[]> {
    const { index } = batch;
    const counts: number[] = [];
    let unit = 0;
    let points = 0;
    for (let row = 0; row < index.itemCount; row++) {
      const end = unit + index.pointCount(row);
      if (this.#isTouched(row, unit, end)) {
        const left = this.#compose(batch, row, unit);
        if (left === 0 && end > unit) this.#changes.items[row] = removed;
        else counts.push(left);
      }
      points += end - unit + 1;
      unit = end;
      if (points < pointsAtOnce) continue;
      points = 0;
      yield;
    }
    return counts;
  }

  #isTouched(row: number, first: number, end: number): boolean {
    if (this.#temporalities[row] !== 0) return true;
    for (let unit = first; unit < end; unit++)
      if (this.#points[unit * stride] === gone || this.#points[unit * stride + 2] !== 0) return true;
    return false;
  }

  /** Makes the list of a metric whose first point is `first`; returns how many points are left. */
  #compose({ bytes, index }: Batch, row: number, first: number): number {
    const list = this.#runs.create();
    this.#changes.items[row] = list;
    let data = 0;
    let dataFrom = 0;
    let dataTo = 0;
    const to = index.itemTo(row);
    for (let at = index.itemFrom(row); at < to;) {
      const start = at;
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (!dataTags.has(tag)) {
        this.#keep(list, start, at);
        continue;
      }
      // A oneof given again replaces what came before.
      data = tag;
      dataFrom = varintEnd(bytes, value);
      dataTo = at;
    }
    if (data === 0) {
      this.#flush(list);
      return 0;
    }
    const frame = this.#beginFrame(list);
    const temporality = at32(this.#temporalities, row);
    let length = 0;
    if (temporality !== 0) {
      length = temporalityBytes;
      this.#append(list, temporalityTag, temporality);
    }
    let unit = first;
    let left = 0;
    for (let at = dataFrom; at < dataTo;) {
      const start = at;
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (tag === pointTag) {
        const size = this.#composePoint(bytes, list, unit++, start, varintEnd(bytes, value), at);
        if (size > 0) left++;
        length += size;
      } else if (tag !== temporalityTag || temporality === 0) {
        this.#keep(list, start, at);
        length += at - start;
      }
    }
    this.#flush(list);
    this.#endFrame(frame, data, length);
    return left;
  }

  /** Adds a point with its frame, unless it is gone; returns the bytes of both. */
  #composePoint(bytes: Uint8Array, list: number, unit: number, start: number, from: number, to: number): number {
    const added = at32(this.#points, unit * stride);
    if (added === gone) return 0;
    const mask = at32(this.#points, unit * stride + 2);
    if (mask === 0) {
      this.#keep(list, start, to);
      return to - start;
    }
    const frame = this.#beginFrame(list);
    const addedTo = at32(this.#points, unit * stride + 1);
    let length = addedTo - added;
    for (let at = from; at < to;) {
      const field = at;
      const tag = tagAt(bytes, at);
      at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
      if (tag < 256 && ((mask >>> (tag >> 3)) & 1) === 1) continue;
      this.#keep(list, field, at);
      length += at - field;
    }
    this.#keep(list, this.#base + added, this.#base + addedTo);
    return this.#endFrame(frame, pointTag, length) + length;
  }

  /** Adds a run; neighbours become one. */
  #keep(list: number, from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush(list);
      this.#from = from;
    }
    this.#to = to;
  }

  #flush(list: number): void {
    if (this.#to > this.#from) this.#runs.append(list, this.#from, this.#to);
    this.#from = this.#to = 0;
  }

  /** A run for a tag and a length that are not known yet. */
  #beginFrame(list: number): number {
    this.#flush(list);
    return this.#runs.append(list, 0, 0);
  }

  /** Returns the bytes of the frame. */
  #endFrame(frame: number, tag: number, length: number): number {
    const start = this.#used;
    this.#used = writeVarint(this.#added, writeVarint(this.#added, start, tag), length);
    this.#runs.move(frame, this.#base + start, this.#base + this.#used);
    return this.#used - start;
  }

  /** Adds a field with a number of one byte. */
  #append(list: number, tag: number, value: number): void {
    const start = this.#used;
    this.#used = writeVarint(this.#added, writeVarint(this.#added, start, tag), value);
    this.#keep(list, this.#base + start, this.#base + this.#used);
  }
}

function cleared(numbers: Int32Array, needed: number): Int32Array {
  // One that a huge batch made grow is not kept for the next.
  const fit = numbers.length > 1 << 18 ? new Int32Array(0) : numbers;
  return withRoom(fit, needed).fill(0, 0, needed);
}
