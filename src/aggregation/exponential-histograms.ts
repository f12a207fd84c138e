import type { MetricBuilder } from '../otlp/build/metrics.js';
import { at32, floatAt } from '../otlp/wire/at.js';
import { ByteStore, type Chunk } from './byte-store.js';
import { bucketIndex, coarsestScale, finestScale } from './exponential-mapping.js';
import type { MemoryBound } from './memory-bound.js';
import { NumberRows } from './number-rows.js';

const field = {
  ...{ count: 0, sum: 1, min: 2, max: 3, zeros: 4, scale: 5 },
  // The index of the first bucket, and how many there are.
  ...{ offset: 6, length: 7 },
  // Where the buckets stand, how many there is room for, and the bytes of each.
  ...{ address: 8, room: 9, width: 10 },
} as const;
const fields = 11;
/** Buckets that a histogram begins with. */
const firstRoom = 4;

/** Sizes that the Collector's library takes, and its default. */
const leastSize = 2;
const mostSize = 16_384;
const defaultSize = 160;

/** The number of buckets for a configured `max_size`, as the Collector's library corrects it. */
export function exponentialSize(configured: number): number {
  if (configured <= 0) return defaultSize;
  return Math.min(mostSize, Math.max(leastSize, configured));
}

/**
 * Exponential histograms, one for each row of a table, for values that are not below 0. Each begins at the finest scale
 * and takes coarser ones as its values need more buckets than there may be. Buckets stand in memory of their own, of 1
 * byte each at first, which grows with their number and their counts; where the bound leaves no room to grow, the scale
 * gives way.
 */
export class ExponentialHistograms {
  readonly #size: number;
  readonly #bound: MemoryBound;
  readonly #store: ByteStore;
  readonly #rows: NumberRows = new NumberRows(fields);

  /** @param size - buckets of a histogram, at most; at least 2 */
  constructor(size: number, bound: MemoryBound) {
    this.#size = size;
    this.#bound = bound;
    this.#store = new ByteStore(bound);
  }

  /** Bytes of one histogram, without its buckets. */
  get bytesPerRow(): number {
    return this.#rows.stride * 8;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#rows.reservedBytes + this.#store.reservedBytes;
  }

  /** Makes the histogram of a new row an empty one. */
  begin(row: number): void {
    this.#rows.clear(row);
    this.#rows.set(row, field.scale, finestScale);
    this.#rows.set(row, field.width, 1);
  }

  /** Empties the histogram of a row and gives back its buckets. */
  clear(row: number): void {
    this.#giveBack(row);
    this.begin(row);
  }

  /** Counts `value` `times` times, at least once. */
  observe(row: number, value: number, times: number): void {
    const rows = this.#rows;
    const count = rows.get(row, field.count);
    if (count === 0 || value < rows.get(row, field.min)) rows.set(row, field.min, value);
    if (count === 0 || value > rows.get(row, field.max)) rows.set(row, field.max, value);
    rows.set(row, field.count, count + times);
    if (value <= 0) {
      rows.add(row, field.zeros, times);
      return;
    }
    rows.add(row, field.sum, value * times);
    const index = this.#makePlace(row, value);
    this.#reach(row, index);
    this.#add(row, index, times);
  }

  /** Counts `values[i]` `times[i]` times in the row `rows[i]`, for `count` rows that are there. */
  observeAll(rows: Int32Array, values: Float64Array, times: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) this.observe(at32(rows, i), floatAt(values, i), floatAt(times, i));
  }

  countOf(row: number): number {
    return this.#rows.get(row, field.count);
  }

  /** Writes everything of the open point of an exponential histogram but its times and attributes. */
  write(row: number, to: MetricBuilder): void {
    const rows = this.#rows;
    const count = rows.get(row, field.count);
    to.totals(count, rows.get(row, field.sum));
    if (count > 0) to.extremes(rows.get(row, field.min), rows.get(row, field.max));
    to.scale(rows.get(row, field.scale), rows.get(row, field.zeros));
    const length = rows.get(row, field.length);
    if (length > 0) to.positive(rows.get(row, field.offset), this.#buckets(row), this.#start(row), length);
  }

  /**
   * The same for a histogram that has values below 0 as well, whose magnitudes are in the same row of `negatives`. Both
   * get one scale.
   */
  writeSigned(row: number, negatives: ExponentialHistograms, to: MetricBuilder): void {
    const own = this.#rows;
    const other = negatives.#rows;
    const scale = Math.min(own.get(row, field.scale), other.get(row, field.scale));
    this.#coarsen(row, scale);
    negatives.#coarsen(row, scale);
    const count = own.get(row, field.count);
    to.totals(count + other.get(row, field.count), own.get(row, field.sum) - other.get(row, field.sum));
    const max = count > 0 ? own.get(row, field.max) : -other.get(row, field.min);
    to.extremes(-other.get(row, field.max), max);
    to.scale(scale, own.get(row, field.zeros));
    const length = own.get(row, field.length);
    if (length > 0) to.positive(own.get(row, field.offset), this.#buckets(row), this.#start(row), length);
    const below = other.get(row, field.length);
    to.negative(other.get(row, field.offset), negatives.#buckets(row), negatives.#start(row), below);
  }

  #coarsen(row: number, scale: number): void {
    const change = this.#rows.get(row, field.scale) - scale;
    if (change > 0) this.#downscale(row, change);
  }

  /** The buckets of a row begin in here at `#start`. */
  #buckets(row: number): Buckets {
    return bucketsIn(this.#store.chunk(this.#rows.get(row, field.address)), this.#rows.get(row, field.width));
  }

  #start(row: number): number {
    return this.#store.offset(this.#rows.get(row, field.address)) / this.#rows.get(row, field.width);
  }

  /** The first and the last bucket once `index` is one of them. */
  #low(row: number, index: number): number {
    return this.#rows.get(row, field.length) === 0 ? index : Math.min(index, this.#rows.get(row, field.offset));
  }

  #high(row: number, index: number): number {
    const length = this.#rows.get(row, field.length);
    return length === 0 ? index : Math.max(index, this.#rows.get(row, field.offset) + length - 1);
  }

  /**
   * Makes room for the bucket of a value, and returns its index. Joined buckets may need wider ones, of which there are
   * fewer where the bound is tight: the scale falls until there is room for this one beside them.
   */
  #makePlace(row: number, value: number): number {
    for (;;) {
      const scale = this.#rows.get(row, field.scale);
      const index = bucketIndex(value, scale);
      const most = this.#makeRoom(row, index);
      const change = scaleChange(this.#low(row, index), this.#high(row, index), most, scale);
      if (change === 0) return index;
      this.#downscale(row, change);
    }
  }

  /** Takes the memory for `index` as a bucket, and returns how many buckets there may be with it. */
  #makeRoom(row: number, index: number): number {
    const room = this.#rows.get(row, field.room);
    const needed = Math.min(this.#size, this.#high(row, index) - this.#low(row, index) + 1);
    if (needed <= room) return this.#size;
    let next = Math.max(firstRoom, room);
    while (next < needed) next *= 2;
    next = Math.min(next, this.#size);
    const width = this.#rows.get(row, field.width);
    // The few that a histogram begins with are always granted.
    if (room > 0 && !this.#bound.fitsUncharged(ByteStore.sizeOf(next * width))) return room;
    this.#move(row, next, width, 0);
    return this.#size;
  }

  /** Moves the buckets of a row to memory for `room` of a width, each 2^change of them joined to one. */
  #move(row: number, room: number, width: number, change: number): void {
    const rows = this.#rows;
    const address = this.#store.take(room * width);
    const to = bucketsIn(this.#store.chunk(address), width);
    const start = this.#store.offset(address) / width;
    to.fill(0, start, start + room);
    const length = rows.get(row, field.length);
    if (length > 0) {
      const from = this.#buckets(row);
      join(from, this.#start(row), to, start, rows.get(row, field.offset), length, change);
    }
    this.#giveBack(row);
    rows.set(row, field.address, address);
    rows.set(row, field.room, room);
    rows.set(row, field.width, width);
    if (change > 0) this.#rescale(row, change);
  }

  #giveBack(row: number): void {
    const rows = this.#rows;
    const room = rows.get(row, field.room);
    if (room > 0) this.#store.giveBack(rows.get(row, field.address), room * rows.get(row, field.width));
  }

  /** Makes `index`, for which there is room, one of the buckets in use. */
  #reach(row: number, index: number): void {
    const rows = this.#rows;
    const length = rows.get(row, field.length);
    const offset = rows.get(row, field.offset);
    if (length === 0) {
      rows.set(row, field.offset, index);
      rows.set(row, field.length, 1);
    } else if (index < offset) {
      const buckets = this.#buckets(row);
      const start = this.#start(row);
      buckets.copyWithin(start + offset - index, start, start + length);
      buckets.fill(0, start, start + offset - index);
      rows.set(row, field.offset, index);
      rows.set(row, field.length, length + offset - index);
    } else if (index >= offset + length) rows.set(row, field.length, index - offset + 1);
  }

  /** Adds to a bucket in use, in wider ones where the sum needs that. */
  #add(row: number, index: number, times: number): void {
    const rows = this.#rows;
    const at = this.#start(row) + index - rows.get(row, field.offset);
    const buckets = this.#buckets(row);
    const count = (buckets[at] ?? 0) + times;
    if (count <= mostIn(rows.get(row, field.width))) {
      buckets[at] = count;
      return;
    }
    const change = this.#widen(row);
    this.#add(row, index >> change, times);
  }

  /** Doubles the width of the buckets. Without memory for that it halves their number; returns the change of scale. */
  #widen(row: number): number {
    const rows = this.#rows;
    const room = rows.get(row, field.room);
    const width = rows.get(row, field.width) * 2;
    // Two buckets are enough for all numbers, and are not too many for any bound.
    const stays = room <= leastSize || this.#bound.fitsUncharged(ByteStore.sizeOf(room * width));
    const half = stays ? room : Math.max(leastSize, room >> 1);
    const offset = rows.get(row, field.offset);
    const last = offset + Math.max(1, rows.get(row, field.length)) - 1;
    const change = scaleChange(offset, last, half, rows.get(row, field.scale));
    this.#move(row, half, width, change);
    return change;
  }

  /** Joins each 2^change buckets to one. */
  #downscale(row: number, change: number): void {
    const rows = this.#rows;
    const length = rows.get(row, field.length);
    if (length === 0) {
      this.#rescale(row, change);
      return;
    }
    const offset = rows.get(row, field.offset);
    const start = this.#start(row);
    const width = rows.get(row, field.width);
    const most = mostJoined(this.#buckets(row), start, offset, length, change);
    if (most <= mostIn(width)) {
      const buckets = this.#buckets(row);
      join(buckets, start, buckets, start, offset, length, change);
      this.#rescale(row, change);
      return;
    }
    let wider = width * 2;
    while (most > mostIn(wider)) wider *= 2;
    const room = rows.get(row, field.room);
    const joined = ((offset + length - 1) >> change) - (offset >> change) + 1;
    // In the same memory there are fewer of them; two are enough for all numbers.
    const fits = this.#bound.fitsUncharged(ByteStore.sizeOf(room * wider));
    const fewer = Math.max(leastSize, joined, Math.floor((room * width) / wider));
    this.#move(row, fits ? room : fewer, wider, change);
  }

  /** Notes that each 2^change buckets are one now. */
  #rescale(row: number, change: number): void {
    const rows = this.#rows;
    const offset = rows.get(row, field.offset);
    const length = rows.get(row, field.length);
    rows.add(row, field.scale, -change);
    if (length === 0) return;
    rows.set(row, field.offset, offset >> change);
    rows.set(row, field.length, ((offset + length - 1) >> change) - (offset >> change) + 1);
  }
}

type Buckets = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function bucketsIn({ bytes, words16, words32, floats }: Chunk, width: number): Buckets {
  if (width === 1) return bytes;
  if (width === 2) return words16;
  return width === 4 ? words32 : floats;
}

/** The largest count of a bucket of a width. */
function mostIn(width: number): number {
  return width === 8 ? Infinity : 2 ** (width * 8) - 1;
}

/** By how much the scale has to fall until the buckets from `low` to `high` are no more than `size`. */
function scaleChange(low: number, high: number, size: number, scale: number): number {
  let change = 0;
  while (change < scale - coarsestScale && (high >> change) - (low >> change) >= size) change++;
  return change;
}

/** Adds the `length` buckets from index `offset` on up, each 2^change to one, which may be in the same place. */
function join(
  from: Buckets,
  first: number,
  to: Buckets,
  start: number,
  offset: number,
  length: number,
  change: number,
): void {
  const lowest = offset >> change;
  for (let i = 0; i < length; i++) {
    const count = from[first + i] ?? 0;
    from[first + i] = 0;
    const place = start + ((offset + i) >> change) - lowest;
    to[place] = (to[place] ?? 0) + count;
  }
}

/** The largest bucket that `join` would make. */
function mostJoined(buckets: Buckets, first: number, offset: number, length: number, change: number): number {
  let most = 0;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum = i > 0 && (offset + i) >> change === (offset + i - 1) >> change ? sum : 0;
    sum += buckets[first + i] ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}
