import { boundsFor, type MetricBuilder } from '../otlp/build/metrics.js';
import { at32, floatAt } from '../otlp/wire/at.js';
import type { ViewedBytes } from '../otlp/wire/viewed-bytes.js';
import { withRoom } from '../otlp/wire/numbers.js';
import { NumberRows } from './number-rows.js';

const sum = 0;
const buckets = 1;
const noBounds: readonly number[] = [];

/** Bounds that are configured in milliseconds, in a unit of `nanosPerUnit`: 9 us are 0.000009 s, and not a bit more. */
export function boundsIn(milliseconds: readonly number[], nanosPerUnit: number): number[] {
  return milliseconds.map((ms) => Math.round(ms * 1e6) / nanosPerUnit);
}

/** Histograms with given bounds: one for each row of a table, as a run of numbers. */
export class ExplicitHistograms {
  readonly #bounds: Float64Array;
  readonly #encodedBounds: ViewedBytes;
  readonly #rows: NumberRows;
  /** Of `observeAll`: the field of each bucket. */
  #found: Int32Array = new Int32Array(64);

  /** @param bounds - upper bounds, which belong to the bucket below them, in the order in which they were configured */
  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#encodedBounds = boundsFor(this.#bounds);
    this.#rows = new NumberRows(buckets + bounds.length + 1);
  }

  /** Bytes of one histogram. */
  get bytesPerRow(): number {
    return this.#rows.stride * 8;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#rows.reservedBytes;
  }

  /** Makes the histogram of a new row an empty one. */
  begin(row: number): void {
    this.#rows.clear(row);
  }

  /** Empties the histogram of a row. */
  clear(row: number): void {
    this.#rows.clear(row);
  }

  /** Counts `value` `times` times. */
  observe(row: number, value: number, times: number): void {
    const rows = this.#rows.chunk(row);
    const at = this.#rows.at(row);
    rows[at + sum] = floatAt(rows, at + sum) + value * times;
    const bucket = at + buckets + this.#bucketOf(value);
    rows[bucket] = floatAt(rows, bucket) + times;
  }

  /** Counts `values[i]` `times[i]` times in the row `rows[i]`, for `count` rows that are there. */
  observeAll(rows: Int32Array, values: Float64Array, times: Float64Array, count: number): void {
    const found = (this.#found = withRoom(this.#found, count));
    // Where the processor guesses a bucket wrong, it does not read the memory of the next rows ahead.
    for (let i = 0; i < count; i++) found[i] = buckets + this.#bucketOf(floatAt(values, i));
    for (let i = 0; i < count; i++) {
      const row = at32(rows, i);
      const chunk = this.#rows.chunk(row);
      const at = this.#rows.at(row);
      const number = floatAt(times, i);
      const bucket = at + at32(found, i);
      chunk[at + sum] = floatAt(chunk, at + sum) + floatAt(values, i) * number;
      chunk[bucket] = floatAt(chunk, bucket) + number;
    }
  }

  /** Values that were counted. */
  countOf(row: number): number {
    const rows = this.#rows.chunk(row);
    const from = this.#rows.at(row) + buckets;
    let count = 0;
    for (let i = from; i < from + this.#bounds.length + 1; i++) count += floatAt(rows, i);
    return count;
  }

  sumOf(row: number): number {
    return this.#rows.get(row, sum);
  }

  /** Writes count, sum, bounds and buckets of the open point of a histogram. */
  write(row: number, to: MetricBuilder): void {
    to.totals(this.countOf(row), this.sumOf(row));
    to.buckets(noBounds, this.#rows.chunk(row), this.#rows.at(row) + buckets, this.#bounds.length + 1);
    to.encodedBounds(this.#encodedBounds);
  }

  /**
   * The first bound that is not below the value, by bisection: bounds that are not in order are read as the Collector
   * reads them.
   */
  #bucketOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (floatAt(bounds, middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
