import type { Attributes, MetricSpec } from '../component/telemetry.js';
import type { MetricFamily } from './registry.js';
import type { Series } from './series.js';

/** One series as plain data, to be sent from a worker to the primary. */
export type SeriesSnapshot =
  | {
      readonly kind: 'number';
      readonly key: string;
      readonly attributes: Attributes;
      readonly observed: boolean;
      readonly value: number;
    }
  | {
      readonly kind: 'histogram';
      readonly key: string;
      readonly attributes: Attributes;
      readonly counts: readonly number[];
      readonly sum: number;
      readonly count: number;
      readonly min: number;
      readonly max: number;
    };

export interface FamilySnapshot {
  readonly spec: MetricSpec;
  readonly scope: string;
  readonly series: readonly SeriesSnapshot[];
}

export function snapshotOf(families: Iterable<MetricFamily>): FamilySnapshot[] {
  return [...families].map(({ spec, scope, series }) => ({
    spec,
    scope,
    series: [...series].map(([key, one]) => {
      const { attributes } = one;
      if (one.kind === 'number') return { kind: 'number', key, attributes, observed: one.observed, value: one.read() };
      const { sum, count, min, max } = one;
      return { kind: 'histogram', key, attributes, counts: [...one.counts], sum, count, min, max };
    }),
  }));
}

class MergedNumber {
  readonly kind = 'number';
  readonly attributes: Attributes;
  readonly observed: boolean;
  value = 0;
  constructor(attributes: Attributes, observed: boolean) {
    this.attributes = attributes;
    this.observed = observed;
  }
  read(): number {
    return this.value;
  }
}

class MergedBuckets {
  readonly kind = 'histogram';
  readonly attributes: Attributes;
  readonly counts: Float64Array;
  sum = 0;
  count = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  constructor(attributes: Attributes, size: number) {
    this.attributes = attributes;
    this.counts = new Float64Array(size);
  }
}

/**
 * The metrics of several processes as those of one: the sum of their values, or the greatest where the metric says so.
 * A series stays the same object from one merge to the next, because readers of differences remember it.
 */
export class MergedMetrics {
  readonly #families: Map<string, MetricFamily> = new Map();
  /** Counts of processes that have ended: a counter must not decrease. */
  #ended: FamilySnapshot[] = [];

  /** Retains the counts of a process that has ended; its gauges end with it. */
  retire(last: readonly FamilySnapshot[]): void {
    const counted = last.filter(
      ({ spec }) => (spec.kind === 'counter' && spec.merge === undefined) || spec.kind === 'histogram',
    );
    this.#ended = snapshotOf(new MergedMetrics().merge([this.#ended, counted]));
  }

  merge(all: readonly (readonly FamilySnapshot[])[]): Iterable<MetricFamily> {
    const seen = new Set<Series>();
    for (const snapshot of [this.#ended, ...all])
      for (const { spec, scope, series } of snapshot) {
        let family = this.#families.get(spec.name);
        if (!family) this.#families.set(spec.name, (family = { spec, scope, series: new Map() }));
        for (const one of series) add(spec, family.series, one, seen);
      }
    for (const { series } of this.#families.values())
      for (const [key, one] of series) if (!seen.has(one)) series.delete(key);
    return this.#families.values();
  }
}

function add(spec: MetricSpec, all: Map<string, Series>, one: SeriesSnapshot, seen: Set<Series>): void {
  const before = all.get(one.key);
  if (one.kind === 'number') {
    const into = before instanceof MergedNumber ? before : new MergedNumber(one.attributes, one.observed);
    all.set(one.key, into);
    const first = !seen.has(into);
    seen.add(into);
    into.value = first ? one.value : spec.merge === 'max' ? Math.max(into.value, one.value) : into.value + one.value;
    return;
  }
  const same = before instanceof MergedBuckets && before.counts.length === one.counts.length;
  const into = same ? before : new MergedBuckets(one.attributes, one.counts.length);
  all.set(one.key, into);
  if (!seen.has(into)) {
    into.counts.fill(0);
    Object.assign(into, { sum: 0, count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY });
  }
  seen.add(into);
  one.counts.forEach((count, i) => (into.counts[i] = (into.counts[i] ?? 0) + count));
  into.sum += one.sum;
  into.count += one.count;
  into.min = Math.min(into.min, one.min);
  into.max = Math.max(into.max, one.max);
}
