import type { Attributes, Counter, Histogram, Meter, MetricSpec, TelemetryLevel } from '../component/telemetry.js';

/** A series as the exposition reads it. */
export type Series =
  | { readonly kind: 'number'; readonly attributes: Attributes; read(): number }
  | { readonly kind: 'histogram'; readonly attributes: Attributes; readonly counts: Float64Array; sum: number; count: number };

export interface MetricFamily {
  readonly spec: MetricSpec;
  /** The instrumentation scope that made it. */
  readonly scope: string;
  readonly series: Map<string, Series>;
}

const rank: Readonly<Record<TelemetryLevel, number>> = { none: 0, basic: 1, normal: 2, detailed: 3 };
const silent: Counter & Histogram = { add() {}, record() {} };

/** The bounds of a histogram that names none (spec core 8.3). */
export const defaultBoundaries: readonly number[] = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

class Slot implements Counter {
  readonly kind = 'number';
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
  }
}

/**
 * All metrics of the process. A counter is one number in a slot: `add` is an addition. A series of a counter appears with its first
 * `add`, as the Collector's do; an observed one is there from its registration.
 */
export class Registry {
  readonly families: Map<string, MetricFamily> = new Map();
  readonly level: TelemetryLevel;

  constructor(level: TelemetryLevel) {
    this.level = level;
  }

  /** A meter for one instrumentation scope. */
  meter(scope: string): Meter {
    return {
      level: this.level,
      counter: (spec, attributes) => {
        if (!this.#wanted(spec)) return silent;
        const slot = this.#existing(spec, scope, attributes);
        if (slot instanceof Slot) return slot;
        return new FirstAdd(() => this.#keep(spec, scope, new Slot(attributes)));
      },
      histogram: (spec, attributes) => {
        if (!this.#wanted(spec)) return silent;
        const buckets = this.#existing(spec, scope, attributes);
        if (buckets instanceof Buckets) return buckets;
        return new FirstRecord(() => this.#keep(spec, scope, new Buckets(attributes, spec.boundaries ?? defaultBoundaries)));
      },
      observe: (spec, attributes, read) => {
        if (!this.#wanted(spec)) return () => {};
        const { series } = this.#family(spec, scope);
        const key = seriesKey(attributes);
        const own: Series = { kind: 'number', attributes, read };
        series.set(key, own);
        return () => {
          if (series.get(key) === own) series.delete(key);
        };
      },
    };
  }

  #wanted(spec: MetricSpec): boolean {
    return rank[this.level] >= rank[spec.level];
  }

  #family(spec: MetricSpec, scope: string): MetricFamily {
    let family = this.families.get(spec.name);
    if (!family) this.families.set(spec.name, (family = { spec, scope, series: new Map() }));
    return family;
  }

  #existing(spec: MetricSpec, scope: string, attributes: Attributes): Series | undefined {
    return this.#family(spec, scope).series.get(seriesKey(attributes));
  }

  #keep<T extends Series>(spec: MetricSpec, scope: string, series: T): T {
    const { series: all } = this.#family(spec, scope);
    const key = seriesKey(series.attributes);
    const other = all.get(key);
    if (other !== undefined && other.constructor === series.constructor) return other as T;
    all.set(key, series);
    return series;
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
