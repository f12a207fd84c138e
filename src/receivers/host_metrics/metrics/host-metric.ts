import type { ProcNumber } from '../text/proc-number.js';

export type PointAttribute = string | number;

/** Takes the points of one metric. */
export interface PointSink {
  /** `attributes`: the values of the metric's attributes, in the order of its definition. */
  add(
    value: ProcNumber,
    a?: PointAttribute,
    b?: PointAttribute,
    c?: PointAttribute,
    d?: PointAttribute,
    e?: PointAttribute,
  ): void;
}

/** A metric as data: options, documentation and output come from it (docs/spec/agent.md#host-metrics-scrapers). */
export interface MetricFacts {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** `counter` is a sum that only grows. All sums are cumulative. */
  readonly kind: 'gauge' | 'sum' | 'counter';
  readonly number: 'int' | 'double';
  readonly attributes: readonly string[];
  /** The attributes that points have unless asked for others; not set: all. */
  readonly usual?: readonly string[];
  /** Whether it is there unless switched off. */
  readonly on: boolean;
  /** Its form under the newer semantic conventions, where that is another. */
  readonly next?: NextConvention;
  /** Set for a metric of other systems, which is accepted and never there. */
  readonly elsewhere?: string;
}

/** The changes by newer semantic conventions, see `Conventions`. */
export interface NextConvention {
  /** Set when the newer metric has another name, and stands beside the older one. */
  readonly name?: string;
  readonly unit?: string;
  readonly description?: string;
  /** The newer name of the one attribute, and its values where they are others. */
  readonly attribute?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** A metric and how its points come from what a scrape has read. */
export interface HostMetric<Reading> extends MetricFacts {
  points(reading: Reading, to: PointSink): void;
}
