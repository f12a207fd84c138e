import { Exemplars } from '../../aggregation/exemplars.js';
import { ExplicitHistograms } from '../../aggregation/explicit-histograms.js';
import { exponentialSize, ExponentialHistograms } from '../../aggregation/exponential-histograms.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { SeriesTable } from '../../aggregation/series-table.js';
import type { Values } from '../../aggregation/values.js';
import { at32, floatAt } from '../../otlp/wire/at.js';
import type { SeriesFamilyPlan, SpanMetricsPlan } from './plan.js';
import { spansInBlock, type SpanBlock } from './span-block.js';

/** Numbers of a series: when it began (Unix time) and when it was counted in last (monotonic), both milliseconds. */
const field = { start: 0, seen: 1, count: 2, carry: 3, shown: 4 } as const;
const fields = 5;

/** The part of a series that the metrics have shown: nothing, the 0 that it begins with, or values. */
export const shownState = { nothing: 0, zero: 1, values: 2 } as const;
export type ShownState = (typeof shownState)[keyof typeof shownState];

/** The operations of a histogram of either kind. */
type Durations = Pick<
  ExplicitHistograms,
  'begin' | 'clear' | 'observe' | 'observeAll' | 'write' | 'bytesPerRow' | 'reservedBytes' | 'countOf'
>;

/** Columns that are no part of what tells series apart: name and version of the scope. */
export const scopeColumns = 2;

/** Series that one lookup finds, with all that is counted in them. */
export class SeriesFamily {
  readonly plan: SeriesFamilyPlan;
  readonly table: SeriesTable;
  readonly durations: Durations | undefined;
  readonly exemplars: Exemplars | undefined;
  readonly #numbers: NumberRows = new NumberRows(fields);
  /** Of `observeAll`. */
  readonly #times: Float64Array = new Float64Array(spansInBlock);

  constructor(family: SeriesFamilyPlan, plan: SpanMetricsPlan, values: Values, bound: MemoryBound) {
    this.plan = family;
    const { buckets } = plan;
    if (family.measures !== undefined)
      this.durations =
        'bounds' in buckets
          ? new ExplicitHistograms(buckets.bounds)
          : new ExponentialHistograms(exponentialSize(buckets.maxSize), bound);
    if (plan.exemplars > 0) this.exemplars = new Exemplars(plan.exemplars, bound);
    this.table = new SeriesTable({
      ...{ values, bound, keys: family.columns.length },
      others: plan.scopes.length > 0 ? scopeColumns : 0,
      bytesBeside: fields * 8 + (this.durations?.bytesPerRow ?? 0) + (this.exemplars?.bytesPerRow ?? 0),
    });
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    const { table, durations, exemplars } = this;
    return (
      table.reservedBytes +
      this.#numbers.reservedBytes +
      (durations?.reservedBytes ?? 0) +
      (exemplars?.reservedBytes ?? 0)
    );
  }

  /** A row was added. */
  begin(row: number, unixMs: number): void {
    this.#numbers.clear(row);
    this.#numbers.set(row, field.start, unixMs);
    // Counts are rounded to the nearest whole number.
    this.#numbers.set(row, field.carry, 0.5);
    this.durations?.begin(row);
    this.exemplars?.begin(row);
  }

  /**
   * How often an item counts that stands for `weight` of its kind. The part that is no whole number is kept for the
   * next item of the series, so that the sum is off by a half at most, however many there are.
   */
  timesOf(row: number, weight: number): number {
    if (weight === 1) return 1;
    const total = this.#numbers.get(row, field.carry) + weight;
    const times = Math.floor(total);
    this.#numbers.set(row, field.carry, total - times);
    return times;
  }

  /** Counts an item `times` times. */
  observe(row: number, now: number, times: number, duration: number): void {
    const numbers = this.#numbers.chunk(row);
    const at = this.#numbers.at(row);
    numbers[at + field.seen] = now;
    numbers[at + field.count] = floatAt(numbers, at + field.count) + times;
    this.durations?.observe(row, duration, times);
  }

  /**
   * Counts a span in each of the first `count` rows of `rows`, which are there. Each step is done for all of them
   * before the next one, as in `Values.findAll`.
   */
  observeAll(rows: Int32Array, count: number, now: number, { weights, durations }: SpanBlock): void {
    const times = this.#times;
    for (let i = 0; i < count; i++) {
      const row = at32(rows, i);
      const numbers = this.#numbers.chunk(row);
      const at = this.#numbers.at(row);
      const number = this.timesOf(row, floatAt(weights, i));
      times[i] = number;
      numbers[at + field.seen] = now;
      numbers[at + field.count] = floatAt(numbers, at + field.count) + number;
    }
    this.durations?.observeAll(rows, durations, times, count);
  }

  countOf(row: number): number {
    return this.#numbers.get(row, field.count);
  }

  startOf(row: number): number {
    return this.#numbers.get(row, field.start);
  }

  seenAt(row: number): number {
    return this.#numbers.get(row, field.seen);
  }

  shownOf(row: number): ShownState {
    return this.#numbers.get(row, field.shown) as ShownState;
  }

  setShown(row: number, shown: ShownState): void {
    this.#numbers.set(row, field.shown, shown);
  }

  /** Begins the next interval of a row: nothing is counted in it. */
  restart(row: number, unixMs: number): void {
    this.#numbers.set(row, field.start, unixMs);
    this.#numbers.set(row, field.count, 0);
    this.durations?.clear(row);
  }

  /** Removes a row; `apart`: an overflow series. */
  remove(row: number, apart: boolean): void {
    this.durations?.clear(row);
    this.exemplars?.clear(row);
    this.table.remove(row, apart);
  }
}
