import { any, duration, flag, group, int, kinds, list, map, section, text, type Schema } from '../component/schema/schema.js';
import type { TelemetryLevel } from '../component/telemetry.js';

/** How repeated log lines are thinned out: per message and level, in each tick. */
export interface LogSampling {
  readonly tick: number;
  readonly initial: number;
  readonly thereafter: number;
}

export interface LogsConfig {
  readonly level: string;
  readonly encoding: string;
  readonly development: boolean;
  readonly disable_caller: boolean;
  readonly disable_stacktrace: boolean;
  readonly sampling: LogSampling | undefined;
  readonly output_paths: readonly string[];
  readonly error_output_paths: readonly string[];
  readonly initial_fields: Readonly<Record<string, unknown>>;
  readonly processors: readonly unknown[];
  readonly disable_zap_resource: boolean;
}

export interface PrometheusReader {
  readonly host: string;
  readonly port: number;
  readonly without_scope_info: boolean;
  readonly without_type_suffix: boolean;
  readonly without_units: boolean;
  readonly with_resource_constant_labels: { readonly included: readonly string[]; readonly excluded: readonly string[] };
}

export interface OtlpReader {
  readonly protocol: string;
  readonly endpoint: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly headers_list: string;
  readonly compression: string;
  readonly timeout: number;
  readonly certificate: string;
  readonly client_certificate: string;
  readonly client_key: string;
  readonly insecure: boolean;
  readonly temporality_preference: string;
}

export interface MetricReader {
  readonly pull: { readonly exporter: { readonly prometheus: PrometheusReader | undefined } } | undefined;
  readonly periodic:
    | {
        readonly interval: number;
        readonly timeout: number;
        readonly exporter: { readonly otlp: OtlpReader | undefined; readonly console: object | undefined };
      }
    | undefined;
}

/** `service::telemetry`, decoded (spec core 8.1). */
export interface TelemetryConfig {
  readonly logs: LogsConfig;
  readonly metrics: { readonly level: TelemetryLevel; readonly readers: readonly MetricReader[]; readonly views: unknown };
  readonly traces: {
    readonly level: TelemetryLevel;
    readonly propagators: readonly string[];
    readonly processors: readonly unknown[];
    readonly sampler: unknown;
    readonly limits: unknown;
  };
  readonly resource: Readonly<Record<string, unknown>> | undefined;
}

const level = (fallback: TelemetryLevel, about: string): Schema<TelemetryLevel> => {
  const values = ['none', 'basic', 'normal', 'detailed'] as const;
  const refused = (value: string): string | undefined =>
    (values as readonly string[]).includes(value.toLowerCase()) ? undefined : `unknown metrics level ${JSON.stringify(value)}`;
  const schema = text(fallback, { about }, refused).transform((value) => value.toLowerCase() as TelemetryLevel);
  kinds.set(schema, { kind: 'choice', values, default: fallback, docs: { about } });
  return schema;
};

const logLevel = text('info', { about: 'Lowest level that is logged.' }, (value) =>
  ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal', ''].includes(value.toLowerCase())
    ? undefined
    : `unrecognized level: ${JSON.stringify(value)}`,
);

const logs: Schema<LogsConfig> = group<LogsConfig>({
  level: logLevel,
  encoding: text('console', { about: '`console` for people, `json` for programs.' }),
  development: flag(false, { about: 'Stack traces from warnings on.' }),
  disable_caller: flag(false, { about: 'Leave out the file and line that logged.' }),
  disable_stacktrace: flag(false, { about: 'Leave out stack traces of errors.' }),
  sampling: section<LogSampling>(
    group<LogSampling>({
      tick: duration('10s', { about: 'Window in which lines are counted.' }),
      initial: int(10, { about: 'Lines of one message and level logged in a window before thinning.' }),
      thereafter: int(100, { about: 'Then each n-th line; 0 logs no more.' }),
    }),
    { absent: 'on', empty: 'off' },
    { about: 'Thin out lines that repeat.' },
  ),
  output_paths: list(text(), ['stderr'], { about: '`stderr`, `stdout` or files.' }),
  error_output_paths: list(text(), ['stderr'], { about: 'Where faults of the log itself go.' }),
  initial_fields: map(any(), { about: 'Fields of every line.' }),
  processors: list(any(), [], { about: 'Further destinations of log lines.' }),
  disable_zap_resource: flag(false, { about: 'Leave out the `resource` field.' }),
});

const prometheus: Schema<PrometheusReader> = group<PrometheusReader>({
  host: text('', { about: 'Address to listen on.' }),
  // -2 stands for "not given", which is an error only at start.
  port: int(-2, { about: 'Port to listen on.' }),
  without_scope_info: flag(true, { about: 'No `otel_scope_*` labels.' }),
  without_type_suffix: flag(true, { about: 'No `_total`.' }),
  without_units: flag(true, { about: 'No unit at the end of names.' }),
  with_resource_constant_labels: group({
    included: list(text(), [], { about: 'Resource attributes that become labels of every series.' }),
    excluded: list(text(), [], { about: 'Resource attributes that do not.' }),
  }),
});

const otlp: Schema<OtlpReader> = group<OtlpReader>({
  protocol: text(''),
  endpoint: text(''),
  headers: list(group({ name: text(''), value: text('') })),
  headers_list: text(''),
  compression: text(''),
  timeout: int(10_000),
  certificate: text(''),
  client_certificate: text(''),
  client_key: text(''),
  insecure: flag(false),
  temporality_preference: text('cumulative'),
});

const off = { absent: 'off' } as const;

const reader: Schema<MetricReader> = group<MetricReader>({
  pull: section(group({ exporter: group({ prometheus: section(prometheus, off) }) }), off),
  periodic: section(
    group({
      interval: int(60_000, { about: 'Between two exports.', unit: 'ms' }),
      timeout: int(30_000, { about: 'For one export.', unit: 'ms' }),
      exporter: group({ otlp: section(otlp, off), console: section<object>(group<object>({}), off) }),
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

/** The schema of `service::telemetry`. What only shows at start (a missing port, an unknown encoding) passes here. */
export const telemetryConfig: Schema<TelemetryConfig> = group<TelemetryConfig>(
  {
    logs,
    metrics: group({
      level: level('normal', 'How many of its own metrics the program shows.'),
      readers: list(reader, [defaultReader], { about: 'Where its own metrics go.' }),
      views: any({ about: 'Changes to its own metrics; only with level detailed.' }),
    }),
    traces: group({
      level: level('basic', 'How many of its own spans the program makes.'),
      propagators: list(text(), [], { about: 'How trace context travels.' }),
      processors: list(any(), [], { about: 'Where its own spans go.' }),
      sampler: any({ about: 'Which of its own spans are kept.' }),
      limits: any({ about: 'Limits of its own spans.' }),
    }),
    resource: any({ about: 'What describes this program in its own telemetry.' }) as Schema<Readonly<Record<string, unknown>> | undefined>,
  },
  (config, report) => {
    if (config.metrics.views !== undefined && config.metrics.level !== 'detailed')
      report('service::telemetry::metrics::views can only be set when service::telemetry::metrics::level is detailed');
    if (config.metrics.level !== 'none' && config.metrics.readers.length === 0)
      report('collector telemetry metrics reader should exist when metric level is not none');
    checkResource(config.resource, report);
  },
);

const declarative = ['attributes', 'schema_url', 'detectors', 'detection/development', 'attributes_list'];

function checkResource(resource: unknown, report: (message: string, path?: readonly (string | number)[]) => void): void {
  if (resource === undefined || resource === null) return;
  if (typeof resource !== 'object' || Array.isArray(resource)) {
    report(`expected a map or struct, got "${Array.isArray(resource) ? 'slice' : typeof resource}"`, ['resource']);
    return;
  }
  const keys = Object.keys(resource);
  if (keys.includes('attributes_list')) report('attributes_list is not supported; use attributes', ['resource', 'attributes_list']);
  if (keys.some((key) => declarative.includes(key))) {
    const legacy = keys.filter((key) => !declarative.includes(key));
    if (legacy.length > 0) report(`the inline form (${legacy.join(', ')}) can't be mixed with attributes`, ['resource']);
    const { attributes } = resource as { attributes?: unknown };
    if (attributes === undefined || attributes === null) return;
    if (!Array.isArray(attributes)) {
      report('expected a list of {name, value}', ['resource', 'attributes']);
      return;
    }
    attributes.forEach((attribute: unknown, i) => {
      if (typeof attribute !== 'object' || attribute === null) report('expected {name, value}', ['resource', 'attributes', i]);
      else if ('type' in attribute && typeof attribute.type === 'string')
        report(`'resource.attributes[${i}].type' expected a map or struct, got "string"`, ['resource', 'attributes', i, 'type']);
    });
    return;
  }
  for (const [key, value] of Object.entries(resource))
    if (value !== null && typeof value !== 'string')
      report(`legacy resource attribute ${JSON.stringify(key)} must be string or null`, ['resource', key]);
}
