import type { MetricFamily, Series } from '../registry.js';
import { defaultBoundaries } from '../registry.js';
import { keyValues, nanos, type KeyValue } from './json.js';

/** What a reader asked for: totals since the start, or what came since the last export (spec core 8.1). */
export type Temporality = 'cumulative' | 'delta' | 'lowmemory';

/** What one series was at the last export. */
interface Before {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

const nothing: Before = { counts: [], sum: 0, count: 0 };

/** All metrics as OTLP/JSON, for one reader, which remembers what it told last. */
export class MetricsEncoder {
  readonly #temporality: Temporality;
  readonly #before: WeakMap<Series, Before> = new WeakMap();
  readonly #startMs: number;
  #lastMs: number;

  constructor(temporality: Temporality, nowMs: number) {
    this.#temporality = temporality;
    this.#startMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** An export request of everything there is. */
  request(families: Iterable<MetricFamily>, resource: readonly KeyValue[], scope: object, nowMs: number): object {
    const metrics = [...families].filter((family) => family.series.size > 0).map((family) => this.#metric(family, nowMs));
    this.#lastMs = nowMs;
    return { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope, metrics }] }] };
  }

  #metric({ spec, series }: MetricFamily, nowMs: number): object {
    const { name, description, unit, kind } = spec;
    const all = [...series.values()];
    // Values that go up and down, and in `lowmemory` those that are read on demand, are never told as differences.
    const observed = all.some((one) => one.kind === 'number' && one.observed);
    const delta =
      kind !== 'updown' && kind !== 'gauge' && this.#temporality !== 'cumulative' && !(observed && this.#temporality === 'lowmemory');
    const times = { startTimeUnixNano: nanos(delta ? this.#lastMs : this.#startMs), timeUnixNano: nanos(nowMs) };
    const aggregationTemporality = delta ? 1 : 2;
    const head = { name, description, unit };
    if (kind === 'histogram') {
      const bounds = spec.boundaries ?? defaultBoundaries;
      const dataPoints = all.flatMap((one) =>
        one.kind === 'histogram' ? [this.#buckets(one, bounds, times, delta, spec.withoutMinMax)] : [],
      );
      return { ...head, histogram: { aggregationTemporality, dataPoints } };
    }
    const from = kind === 'gauge' ? { timeUnixNano: times.timeUnixNano } : times;
    const dataPoints = all.flatMap((one) => (one.kind === 'number' ? [this.#number(one, from, delta, spec.double === true)] : []));
    if (kind === 'gauge') return { ...head, gauge: { dataPoints } };
    return { ...head, sum: { aggregationTemporality, isMonotonic: kind === 'counter', dataPoints } };
  }

  #number(series: Extract<Series, { kind: 'number' }>, times: object, delta: boolean, double: boolean): object {
    const now = series.read();
    const value = delta ? now - (this.#before.get(series) ?? nothing).sum : now;
    if (delta) this.#before.set(series, { ...nothing, sum: now });
    const written = double ? { asDouble: value } : { asInt: String(Math.round(value)) };
    return { attributes: keyValues(series.attributes), ...times, ...written };
  }

  #buckets(
    series: Extract<Series, { kind: 'histogram' }>,
    explicitBounds: readonly number[],
    times: object,
    delta: boolean,
    withoutMinMax: boolean | undefined,
  ): object {
    const before = delta ? (this.#before.get(series) ?? nothing) : nothing;
    const counts = [...series.counts];
    if (delta) this.#before.set(series, { counts, sum: series.sum, count: series.count });
    // The extremes of a difference alone are not known.
    const extremes = series.count === 0 || delta || withoutMinMax === true ? {} : { min: series.min, max: series.max };
    return {
      attributes: keyValues(series.attributes),
      ...times,
      count: String(series.count - before.count),
      sum: series.sum - before.sum,
      bucketCounts: counts.map((count, i) => String(count - (before.counts[i] ?? 0))),
      explicitBounds,
      ...extremes,
    };
  }
}
