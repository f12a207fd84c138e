import {
  flag,
  group,
  int,
  list,
  orNull,
  section,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';
import type { TelemetryLevel } from '../../component/telemetry.js';
import { checkOtlp, consoleDestination, off, otlpShape, type OtlpDestination } from './destination.js';
import { level } from './level.js';
import { views, type View } from './views.js';

export interface PrometheusReader {
  readonly host: string;
  readonly port: number;
  readonly without_scope_info: boolean;
  readonly without_type_suffix: boolean;
  readonly without_units: boolean;
  readonly with_resource_constant_labels: {
    readonly included: readonly string[];
    readonly excluded: readonly string[];
  };
}

export interface OtlpReader extends OtlpDestination {
  readonly temporality_preference: string;
}

export interface PeriodicReader {
  readonly interval: number;
  readonly timeout: number;
  readonly exporter: { readonly otlp: OtlpReader | undefined; readonly console: object | undefined };
}

export interface MetricReader {
  readonly pull: { readonly exporter: { readonly prometheus: PrometheusReader | undefined } } | undefined;
  readonly periodic: PeriodicReader | undefined;
}

export interface MetricsConfig {
  readonly level: TelemetryLevel;
  /** Null means metrics that nobody reads. */
  readonly readers: readonly MetricReader[] | null;
  readonly views: readonly View[] | undefined;
}

const prometheus: Schema<PrometheusReader> = group<PrometheusReader>({
  host: text('', { about: 'Address to listen on.' }),
  // -2 stands for "not given", which is an error only where it runs.
  port: int(-2, { about: 'Port to listen on.' }),
  without_scope_info: flag(true, { about: 'No `otel_scope_*` labels.' }),
  without_type_suffix: flag(true, { about: 'No `_total`.' }),
  without_units: flag(true, { about: 'No unit at the end of names.' }),
  with_resource_constant_labels: group({
    included: list(text(), [], { about: 'Resource attributes that become labels of every series.' }),
    excluded: list(text(), [], { about: 'Resource attributes that do not, even if `included`.' }),
  }),
});

const otlp: Schema<OtlpReader> = group<OtlpReader>(
  {
    ...otlpShape,
    temporality_preference: text('cumulative', { about: '`cumulative`, `delta` or `lowmemory`.' }),
  },
  checkOtlp,
);

const reader: Schema<MetricReader> = group<MetricReader>({
  pull: section(group({ exporter: group({ prometheus: section(prometheus, off) }) }), off),
  periodic: section<PeriodicReader>(
    group<PeriodicReader>({
      interval: int(60_000, { about: 'Time between two exports.', unit: 'ms' }),
      timeout: int(30_000, { about: 'Limit for one export with its retries.', unit: 'ms' }),
      exporter: group({ otlp: section(otlp, off), console: consoleDestination }),
    }),
    off,
  ),
});

const defaultReader: MetricReader = {
  pull: {
    exporter: {
      prometheus: {
        host: 'localhost',
        port: 8888,
        without_scope_info: true,
        without_type_suffix: true,
        without_units: true,
        with_resource_constant_labels: { included: [], excluded: [] },
      },
    },
  },
  periodic: undefined,
};

/** `service::telemetry::metrics`. */
export const metrics: Schema<MetricsConfig> = group<MetricsConfig>({
  level: level('normal', 'How many of its own metrics the program exposes.'),
  readers: orNull(list(reader, [defaultReader], { about: 'Destinations of its own metrics; null: none.' })),
  views,
});

/** Reports a reader that listens where an earlier one does: only one of them could. */
export function checkPorts(readers: readonly MetricReader[], report: Report): void {
  const first = new Map<string, number>();
  for (const [i, { pull }] of readers.entries()) {
    const at = pull?.exporter.prometheus;
    if (!at || at.port <= 0) continue;
    const address = `${at.host}:${at.port}`;
    const before = first.get(address);
    if (before === undefined) first.set(address, i);
    else
      report(
        `listens at ${address}, where readers[${before}] listens`,
        ['metrics', 'readers', i, 'pull', 'exporter', 'prometheus', 'port'],
        undefined,
        'Give each reader a port of its own.',
      );
  }
}
