/** Attributes of a metric series. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type TelemetryLevel = 'none' | 'basic' | 'normal' | 'detailed';

/** One metric of a component, as data: `telemetry.ts` of each folder lists them. */
export interface MetricSpec {
  /** The Collector's name, e.g. `otelcol_exporter_sent_spans`. */
  readonly name: string;
  readonly description: string;
  /** UCUM unit, e.g. `{span}`, `By`, `s`. */
  readonly unit: string;
  readonly kind: 'counter' | 'updown' | 'gauge' | 'histogram';
  /** The lowest `service::telemetry::metrics::level` at which it appears. */
  readonly level: 'basic' | 'normal' | 'detailed';
  /** Upper bounds of a histogram's buckets. */
  readonly boundaries?: readonly number[];
  /** A histogram that is exported without its least and greatest value. */
  readonly withoutMinMax?: boolean;
  /** How the values of several workers merge: they are added unless the greatest is meant. */
  readonly merge?: 'max';
  /** Values are floating point. */
  readonly double?: boolean;
}

export interface Counter {
  /** Adds; the first call creates the series, also with 0. */
  add(value: number): void;
}

export interface Histogram {
  record(value: number): void;
}

/**
 * Makes instruments. Ask for each series once, at start, and keep it: `add` and `record` are then plain arithmetic.
 * Below the level of a metric the instrument does nothing.
 */
export interface Meter {
  /** The configured level; measurements for a metric above it are wasted. */
  readonly level: TelemetryLevel;
  counter(spec: MetricSpec, attributes: Attributes): Counter;
  histogram(spec: MetricSpec, attributes: Attributes): Histogram;
  /** Registers a value that is read at collection time; the returned function removes it. */
  observe(spec: MetricSpec, attributes: Attributes, read: () => number): () => void;
}

/** Structured fields of a log line; `error` may hold an Error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The service's log, already carrying `otelcol.component.id`, `.kind` and `.signal` of its component. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
  /** The same log without the file and line that logged, for lines whose place says nothing. */
  withoutCaller(): Logger;
  /** The same log for what must not be cut, however long it is: the ledger, and texts of many lines. */
  whole(): Logger;
  /**
   * Undefined while its outputs take lines, else a promise of the time when they do again or are given up: for who has
   * much to write and would lose it otherwise.
   */
  room(): Promise<void> | undefined;
}
