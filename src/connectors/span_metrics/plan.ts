import { boundsIn } from '../../aggregation/explicit-histograms.js';
import { key, type Key } from '../../otlp/view/key.js';
import { defaultBuckets, delta, unitOf, type Config } from './config.js';
import { builtInNames, type DimensionConfig } from './dimension-config.js';

/** The Collector's gates that change what this connector does. */
export const spanMetricsGates = {
  legacyNames: 'connector.spanmetrics.legacyMetricNames',
  seconds: 'connector.spanmetrics.useSecondAsDefaultMetricsUnit',
  excludeResource: 'connector.spanmetrics.excludeResourceMetrics',
  instanceId: 'connector.spanmetrics.includeCollectorInstanceID',
  otelPrefix: 'spanmetrics.statusCodeConvention.useOtelPrefix',
} as const;

const defaultNamespace = 'traces.span.metrics';
const nanosPerUnit = { ms: 1e6, s: 1e9 } as const;

/** Where the value of a column comes from. `attribute`: by the number of its name among all that are looked for. */
export type ValueSource =
  | { readonly of: 'service' | 'name' | 'kind' | 'status' | 'method' }
  | { readonly of: 'attribute'; readonly number: number; readonly fallback: string | undefined }
  | { readonly of: 'globs'; readonly globs: readonly string[]; readonly besides: readonly string[] };

export interface Column {
  readonly source: ValueSource;
  /** Undefined where the value is attributes with names of their own. */
  readonly name: Key | undefined;
  /** How a log line or a metric calls it. */
  readonly title: string;
}

/** A set of series that one lookup finds, and the metrics that are made of it. */
export interface SeriesFamilyPlan {
  readonly kind: 'calls' | 'duration' | 'events';
  readonly columns: readonly Column[];
  /** The metric that counts; undefined: none does. */
  readonly counts: string | undefined;
  /** The metric of durations. */
  readonly measures: string | undefined;
}

/** A configuration, worked out. */
export interface SpanMetricsPlan {
  readonly families: readonly SeriesFamilyPlan[];
  /** Attributes that are looked for in spans. */
  readonly names: readonly Key[];
  readonly isDelta: boolean;
  readonly unit: 'ms' | 's';
  readonly nanosPerUnit: number;
  readonly buckets: { readonly bounds: readonly number[] } | { readonly maxSize: number };
  readonly hasInstanceId: boolean;
  readonly hasOtelPrefix: boolean;
  readonly hasResource: boolean;
  readonly exemplars: number;
  readonly hasEvents: boolean;
  readonly scopes: readonly string[];
}

export function planOf(config: Config, on: ReadonlySet<string>): SpanMetricsPlan {
  const { histogram, events, exemplars } = config;
  const unit = unitOf(histogram.unit) ?? (on.has(spanMetricsGates.seconds) ? 's' : 'ms');
  const excluded = new Set(config.exclude_dimensions);
  const names = new Names();
  const builtIn = builtInColumns(config, on, excluded);
  const columns = (...lists: (readonly DimensionConfig[])[]): Column[] => [
    ...builtIn,
    ...attributeColumns(lists.flat(), names),
  ];
  const legacy = on.has(spanMetricsGates.legacyNames) && config.namespace === defaultNamespace;
  const prefix = legacy || config.namespace === '' ? '' : `${config.namespace}.`;
  const calls = `${prefix}calls`;
  const duration = `${prefix}duration`;
  const families: SeriesFamilyPlan[] = [];
  const isShared = config.calls_dimensions.length === 0 && histogram.dimensions.length === 0;
  const callColumns = columns(config.dimensions, config.calls_dimensions);
  families.push({
    kind: 'calls',
    columns: callColumns,
    counts: calls,
    measures: isShared && !histogram.disable ? duration : undefined,
  });
  if (!isShared && !histogram.disable)
    families.push({
      kind: 'duration',
      columns: columns(config.dimensions, histogram.dimensions),
      counts: undefined,
      measures: duration,
    });
  if (events.enabled)
    families.push({
      kind: 'events',
      columns: columns(config.dimensions, events.dimensions),
      counts: `${prefix}events`,
      measures: undefined,
    });
  const explicit = histogram.explicit?.buckets ?? defaultBuckets;
  return {
    families,
    names: names.keys,
    isDelta: config.aggregation_temporality === delta,
    unit,
    nanosPerUnit: nanosPerUnit[unit],
    buckets: histogram.exponential
      ? { maxSize: histogram.exponential.max_size }
      : { bounds: boundsIn(explicit, nanosPerUnit[unit]) },
    hasInstanceId: on.has(spanMetricsGates.instanceId) && !excluded.has(builtInNames.instance),
    hasOtelPrefix: on.has(spanMetricsGates.otelPrefix),
    hasResource: !on.has(spanMetricsGates.excludeResource) || config.add_resource_attributes,
    exemplars: exemplars.enabled ? exemplars.max_per_data_point : 0,
    hasEvents: events.enabled,
    scopes: config.include_instrumentation_scope,
  };
}

/** The attributes that are looked for, each once. */
class Names {
  readonly keys: Key[] = [];

  numberOf(name: string): number {
    const known = this.keys.findIndex(({ text }) => text === name);
    return known >= 0 ? known : this.keys.push(key(name)) - 1;
  }
}

function builtInColumns(config: Config, on: ReadonlySet<string>, excluded: ReadonlySet<string>): Column[] {
  const { service, name, kind, status } = builtInNames;
  const column = (of: 'service' | 'name' | 'kind' | 'status' | 'method', title: string): Column => ({
    ...{ source: { of }, name: key(title), title },
  });
  const hasOtelPrefix = on.has(spanMetricsGates.otelPrefix);
  const columns: Column[] = [];
  if (!excluded.has(service)) columns.push(column('service', service));
  if (!excluded.has(name)) columns.push(column('name', name));
  if (!excluded.has(kind)) columns.push(column('kind', kind));
  // The gate's attribute cannot be left out, as in the Collector.
  if (hasOtelPrefix) columns.push(column('status', 'otel.status_code'));
  else if (!excluded.has(status)) columns.push(column('status', status));
  if (config.enable_metrics_sampling_method) columns.push(column('method', 'sampling.method'));
  return columns;
}

/** A name that comes again replaces the one before, as in the Collector, with its default if it has one. */
function attributeColumns(dimensions: readonly DimensionConfig[], names: Names): Column[] {
  const fallbacks = new Map<string, string | undefined>();
  for (const { name, default: value } of dimensions) if (name !== '') fallbacks.set(name, value ?? fallbacks.get(name));
  const columns = [...fallbacks].map(([name, fallback]): Column => ({
    source: { of: 'attribute', number: names.numberOf(name), fallback },
    name: key(name),
    title: name,
  }));
  const globs = dimensions.filter(({ glob }) => glob !== '').map(({ glob }) => glob);
  if (globs.length > 0)
    columns.push({
      source: { of: 'globs', globs, besides: [...fallbacks.keys()] },
      name: undefined,
      title: globs.join(' '),
    });
  return columns;
}
