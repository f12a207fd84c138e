import type { Attributes, Counter, Histogram } from '../component/telemetry.js';

/** One series of a metric, as readers see it. */
export type Series =
  | { readonly kind: 'number'; readonly observed: boolean; readonly attributes: Attributes; read(): number }
  | {
      readonly kind: 'histogram';
      readonly attributes: Attributes;
      readonly counts: Float64Array;
      sum: number;
      count: number;
      min: number;
      max: number;
    };

/** The bounds of a histogram that names none (docs/spec/core.md#own-metrics). */
export const defaultBoundaries: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];

/** Identifies a series among those of its metric, whatever the order of its attributes. */
export function seriesKey(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export class CounterSeries implements Counter {
  readonly kind = 'number';
  readonly observed = false;
  readonly attributes: Attributes;
  #value = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }
  add(value: number): void {
    this.#value += value;
  }
  read(): number {
    return this.#value;
  }
}

export class HistogramSeries implements Histogram {
  readonly kind = 'histogram';
  readonly attributes: Attributes;
  readonly counts: Float64Array;
  readonly #boundaries: readonly number[];
  sum = 0;
  count = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;

  constructor(attributes: Attributes, boundaries: readonly number[]) {
    this.attributes = attributes;
    this.#boundaries = boundaries;
    this.counts = new Float64Array(boundaries.length + 1);
  }
  record(value: number): void {
    let bucket = 0;
    while (value > (this.#boundaries[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
}

/**
 * A value that is read when metrics are collected: the sum of several reads where a view removes the attribute that
 * separated them.
 */
export class ObservedSeries {
  readonly kind = 'number';
  readonly observed = true;
  readonly attributes: Attributes;
  readonly reads: Set<() => number>;

  constructor(attributes: Attributes, reads: Set<() => number>) {
    this.attributes = attributes;
    this.reads = reads;
  }
  read(): number {
    let sum = 0;
    for (const read of this.reads) sum += read();
    return sum;
  }
}
