import type { Attributes, Counter, Histogram, Meter, MetricSpec, TelemetryLevel } from '../component/telemetry.js';
import type { Stream, Views } from './views.js';

/** A series as the exposition reads it. */
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

export interface MetricFamily {
  readonly spec: MetricSpec;
  /** The instrumentation scope that made it. */
  readonly scope: string;
  readonly series: Map<string, Series>;
}

const rank: Readonly<Record<TelemetryLevel, number>> = { none: 0, basic: 1, normal: 2, detailed: 3 };
const silent: Counter & Histogram = { add() {}, record() {} };

/** The bounds of a histogram that names none (docs/spec/core.md#own-metrics). */
export const defaultBoundaries: readonly number[] = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** Series of one metric; what comes on top is counted in one series of its own, as in every OpenTelemetry SDK. */
const mostSeries = 2000;
const overflow: Attributes = { 'otel.metric.overflow': true };

class Slot implements Counter {
  readonly kind = 'number';
  readonly observed = false;
  readonly attributes: Attributes;
  value = 0;
  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }
  add(value: number): void {
    this.value += value;
  }
  read(): number {
    return this.value;
  }
}

class Buckets implements Histogram {
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
    let at = 0;
    while (at < this.#boundaries.length && value > (this.#boundaries[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
}

/** What is read when it is asked for; several readers where a view leaves out the label that told them apart. */
class Observed {
  readonly kind = 'number';
  readonly observed = true;
  readonly attributes: Attributes;
  readonly readers: Set<() => number>;
  constructor(attributes: Attributes, readers: Set<() => number>) {
    this.attributes = attributes;
    this.readers = readers;
  }
  read(): number {
    let sum = 0;
    for (const read of this.readers) sum += read();
    return sum;
  }
}

/**
 * All metrics of the process. A counter is one number in a slot: `add` is an addition. A series of a counter appears with its first
 * `add`, as the Collector's do; an observed one is there from its registration.
 */
export class Registry {
  readonly families: Map<string, MetricFamily> = new Map();
  readonly level: TelemetryLevel;
  readonly #views: Views;
  readonly #streams: Map<MetricSpec, readonly Stream[]> = new Map();

  constructor(level: TelemetryLevel, views: Views) {
    this.level = level;
    this.#views = views;
  }

  /** A meter for one instrumentation scope. */
  meter(scope: string): Meter {
    return {
      level: this.level,
      counter: (spec, attributes) => {
        const all = this.#of(spec).map((stream) => this.#counter(stream, scope, attributes));
        return all.length === 1 && all[0] ? all[0] : { add: (value) => all.forEach((one) => one.add(value)) };
      },
      histogram: (spec, attributes) => {
        const all = this.#of(spec).map((stream) => this.#histogram(stream, scope, attributes));
        if (all.length === 0) return silent;
        return all.length === 1 && all[0] ? all[0] : { record: (value) => all.forEach((one) => one.record(value)) };
      },
      observe: (spec, attributes, read) => {
        const stops = this.#of(spec).map((stream) => this.#observe(stream, scope, attributes, read));
        return () => stops.forEach((stop) => stop());
      },
    };
  }

  #of(spec: MetricSpec): readonly Stream[] {
    if (rank[this.level] < rank[spec.level]) return [];
    let streams = this.#streams.get(spec);
    if (!streams) {
      streams = this.#views.streams(spec);
      if (this.#streams.size < mostSeries) this.#streams.set(spec, streams);
    }
    return streams;
  }

  #counter({ spec, attributes: shown }: Stream, scope: string, given: Attributes): Counter {
    const attributes = shown(given);
    const slot = this.#existing(spec, scope, attributes);
    if (slot instanceof Slot) return slot;
    return new FirstAdd(() => this.#keep(spec, scope, attributes, (kept) => new Slot(kept)));
  }

  #histogram({ spec, attributes: shown }: Stream, scope: string, given: Attributes): Histogram {
    const attributes = shown(given);
    const buckets = this.#existing(spec, scope, attributes);
    if (buckets instanceof Buckets) return buckets;
    return new FirstRecord(() => this.#keep(spec, scope, attributes, (kept) => new Buckets(kept, spec.boundaries ?? defaultBoundaries)));
  }

  #observe({ spec, merges, attributes: shown }: Stream, scope: string, given: Attributes, read: () => number): () => void {
    const attributes = shown(given);
    const { series } = this.#family(spec, scope);
    const key = seriesKey(attributes);
    const before = series.get(key);
    // Without a view that merges, whoever registers again replaces the older reader.
    const readers = merges && before instanceof Observed ? before.readers : new Set<() => number>();
    readers.add(read);
    const own = merges && before instanceof Observed ? before : new Observed(attributes, readers);
    series.set(key, own);
    return () => {
      readers.delete(read);
      if (readers.size === 0 && series.get(key) === own) series.delete(key);
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

  #keep<T extends Slot | Buckets>(spec: MetricSpec, scope: string, attributes: Attributes, make: (attributes: Attributes) => T): T {
    const { series: all } = this.#family(spec, scope);
    const known = all.has(seriesKey(attributes));
    const shown = known || all.size < mostSeries ? attributes : overflow;
    const key = seriesKey(shown);
    const made = make(shown);
    const other = all.get(key);
    if (other !== undefined && other.constructor === made.constructor) return other as T;
    all.set(key, made);
    return made;
  }
}

/** Stands in for a counter until its first `add` brings the series into being. */
class FirstAdd implements Counter {
  #slot: Counter | undefined;
  readonly #make: () => Counter;
  constructor(make: () => Counter) {
    this.#make = make;
  }
  add(value: number): void {
    (this.#slot ??= this.#make()).add(value);
  }
}

class FirstRecord implements Histogram {
  #buckets: Histogram | undefined;
  readonly #make: () => Histogram;
  constructor(make: () => Histogram) {
    this.#make = make;
  }
  record(value: number): void {
    (this.#buckets ??= this.#make()).record(value);
  }
}

function seriesKey(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
