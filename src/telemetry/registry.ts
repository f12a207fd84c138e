import type { Attributes, Counter, Histogram, Meter, MetricSpec, TelemetryLevel } from '../component/telemetry.js';
import { CounterSeries, defaultBoundaries, HistogramSeries, ObservedSeries, seriesKey, type Series } from './series.js';
import type { MetricStream, Views } from './views.js';

export interface MetricFamily {
  readonly spec: MetricSpec;
  /** The instrumentation scope that made it. */
  readonly scope: string;
  readonly series: Map<string, Series>;
}

const rank: Readonly<Record<TelemetryLevel, number>> = { none: 0, basic: 1, normal: 2, detailed: 3 };
const silent: Counter & Histogram = { add() {}, record() {} };

/** Series of one metric at most; beyond them one series counts the rest, as in every OpenTelemetry SDK. */
const maxSeries = 2000;
const overflow: Attributes = { 'otel.metric.overflow': true };

/**
 * All metrics of the process. An instrument is bound to its series when it is made, so that `add` is one addition
 * (decision 0007). A counter's series appears with its first `add`, as in the Collector; an observed series is there
 * from its registration.
 */
export class Registry {
  readonly families: Map<string, MetricFamily> = new Map();
  readonly level: TelemetryLevel;
  readonly #views: Views;
  readonly #streams: Map<MetricSpec, readonly MetricStream[]> = new Map();

  constructor(level: TelemetryLevel, views: Views) {
    this.level = level;
    this.#views = views;
  }

  /** A meter for one instrumentation scope. */
  meter(scope: string): Meter {
    return {
      level: this.level,
      counter: (spec, attributes) => {
        const all = this.#streamsOf(spec).map((stream) => this.#counter(stream, scope, attributes));
        return all.length === 1 && all[0] ? all[0] : { add: (value) => all.forEach((one) => one.add(value)) };
      },
      histogram: (spec, attributes) => {
        const all = this.#streamsOf(spec).map((stream) => this.#histogram(stream, scope, attributes));
        if (all.length === 0) return silent;
        return all.length === 1 && all[0] ? all[0] : { record: (value) => all.forEach((one) => one.record(value)) };
      },
      observe: (spec, attributes, read) => {
        const stops = this.#streamsOf(spec).map((stream) => this.#observe(stream, scope, attributes, read));
        return () => stops.forEach((stop) => stop());
      },
    };
  }

  /** The forms in which a metric appears: none below its level. */
  #streamsOf(spec: MetricSpec): readonly MetricStream[] {
    if (rank[this.level] < rank[spec.level]) return [];
    let streams = this.#streams.get(spec);
    if (!streams) {
      streams = this.#views.streams(spec);
      if (this.#streams.size < maxSeries) this.#streams.set(spec, streams);
    }
    return streams;
  }

  #counter({ spec, select }: MetricStream, scope: string, given: Attributes): Counter {
    const attributes = select(given);
    const series = this.#existing(spec, scope, attributes);
    if (series instanceof CounterSeries) return series;
    return new CounterOfFirstAdd(() => this.#appear(spec, scope, attributes, (shown) => new CounterSeries(shown)));
  }

  #histogram({ spec, select }: MetricStream, scope: string, given: Attributes): Histogram {
    const attributes = select(given);
    const series = this.#existing(spec, scope, attributes);
    if (series instanceof HistogramSeries) return series;
    const make = (shown: Attributes): HistogramSeries =>
      new HistogramSeries(shown, spec.boundaries ?? defaultBoundaries);
    return new HistogramOfFirstRecord(() => this.#appear(spec, scope, attributes, make));
  }

  #observe({ spec, merges, select }: MetricStream, scope: string, given: Attributes, read: () => number): () => void {
    const attributes = select(given);
    const { series } = this.#family(spec, scope);
    const key = seriesKey(attributes);
    const before = series.get(key);
    // Without a view that merges, a second registration of the same series replaces the first.
    const shared = merges && before instanceof ObservedSeries ? before : new ObservedSeries(attributes, new Set());
    shared.reads.add(read);
    series.set(key, shared);
    return () => {
      shared.reads.delete(read);
      if (shared.reads.size === 0 && series.get(key) === shared) series.delete(key);
    };
  }

  #family(spec: MetricSpec, scope: string): MetricFamily {
    let family = this.families.get(spec.name);
    if (!family) this.families.set(spec.name, (family = { spec, scope, series: new Map() }));
    return family;
  }

  #existing(spec: MetricSpec, scope: string, attributes: Attributes): Series | undefined {
    return this.#family(spec, scope).series.get(seriesKey(attributes));
  }

  /** Adds a series to its family, or returns the one that is there; beyond the bound that is the overflow series. */
  #appear<T extends CounterSeries | HistogramSeries>(
    spec: MetricSpec,
    scope: string,
    attributes: Attributes,
    make: (attributes: Attributes) => T,
  ): T {
    const { series: all } = this.#family(spec, scope);
    const shown = all.has(seriesKey(attributes)) || all.size < maxSeries ? attributes : overflow;
    const key = seriesKey(shown);
    const made = make(shown);
    const existing = all.get(key);
    if (existing !== undefined && existing.constructor === made.constructor) return existing as T;
    all.set(key, made);
    return made;
  }
}

/** A counter whose series appears with the first `add`. */
class CounterOfFirstAdd implements Counter {
  #series: Counter | undefined;
  readonly #appear: () => Counter;
  constructor(appear: () => Counter) {
    this.#appear = appear;
  }
  add(value: number): void {
    (this.#series ??= this.#appear()).add(value);
  }
}

/** A histogram whose series appears with the first `record`. */
class HistogramOfFirstRecord implements Histogram {
  #series: Histogram | undefined;
  readonly #appear: () => Histogram;
  constructor(appear: () => Histogram) {
    this.#appear = appear;
  }
  record(value: number): void {
    (this.#series ??= this.#appear()).record(value);
  }
}
