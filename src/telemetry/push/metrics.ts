import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import type { MetricFamily } from '../registry.js';
import { defaultBoundaries, type Series } from '../series.js';
import { addAll, type OwnOrigin } from './values.js';

/**
 * The temporality of a reader: totals since the start, or differences since the last export
 * (docs/spec/core.md#telemetry-config).
 */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

/** The values of one series at the last export. */
interface Before {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

const nothing: Before = { counts: [], sum: 0, count: 0 };

/** All metrics for one reader, which remembers what it sent last. */
export class MetricsEncoder {
  readonly #temporality: TemporalityPreference;
  readonly #before: WeakMap<Series, Before> = new WeakMap();
  readonly #startMs: number;
  #lastMs: number;

  constructor(temporality: TemporalityPreference, nowMs: number) {
    this.#temporality = temporality;
    this.#startMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** A batch of everything there is; one point for each series. */
  batch(families: Iterable<MetricFamily>, { resource, scope }: OwnOrigin, nowMs: number): Batch {
    // A fresh one: reading a series may throw, and what was written until then must not be in the next batch.
    const builder = new MetricBuilder();
    addAll(builder.resource(), resource).scope(scope.name, scope.version);
    for (const family of families) if (family.series.size > 0) this.#metric(builder, family, nowMs);
    this.#lastMs = nowMs;
    return builder.finish();
  }

  #metric(builder: MetricBuilder, { spec, series }: MetricFamily, nowMs: number): void {
    const { kind } = spec;
    const all = [...series.values()];
    // Values that go up and down, and in `lowmemory` those that are read on demand, are never sent as differences.
    const observed = all.some((one) => one.kind === 'number' && one.observed);
    const delta =
      kind !== 'updown' &&
      kind !== 'gauge' &&
      this.#temporality !== 'cumulative' &&
      !(observed && this.#temporality === 'lowmemory');
    const temporality = delta ? 'delta' : 'cumulative';
    builder.metric(spec.name, spec.unit, spec.description);
    if (kind === 'histogram') builder.histogram(temporality);
    else if (kind === 'gauge') builder.gauge();
    else builder.sum(temporality, kind === 'counter');
    for (const one of all) {
      if ((one.kind === 'histogram') !== (kind === 'histogram')) continue;
      addAll(builder.point(nowMs), one.attributes);
      if (kind !== 'gauge') builder.start(delta ? this.#lastMs : this.#startMs);
      if (one.kind === 'number') this.#number(builder, one, delta, spec.double === true);
      else this.#buckets(builder, one, spec.boundaries ?? defaultBoundaries, delta, spec.withoutMinMax === true);
    }
  }

  #number(builder: MetricBuilder, series: Extract<Series, { kind: 'number' }>, delta: boolean, double: boolean): void {
    const now = series.read();
    const value = delta ? now - (this.#before.get(series) ?? nothing).sum : now;
    if (delta) this.#before.set(series, { ...nothing, sum: now });
    if (double) builder.double(value);
    else builder.int(Math.round(value));
  }

  #buckets(
    builder: MetricBuilder,
    series: Extract<Series, { kind: 'histogram' }>,
    bounds: readonly number[],
    delta: boolean,
    withoutMinMax: boolean,
  ): void {
    const before = delta ? (this.#before.get(series) ?? nothing) : nothing;
    const counts = [...series.counts];
    if (delta) this.#before.set(series, { counts, sum: series.sum, count: series.count });
    builder.totals(series.count - before.count, series.sum - before.sum);
    builder.buckets(
      bounds,
      counts.map((count, i) => count - (before.counts[i] ?? 0)),
    );
    // The extremes of a difference are not known.
    if (series.count > 0 && !delta && !withoutMinMax) builder.extremes(series.min, series.max);
  }
}
