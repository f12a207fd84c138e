import {
  duration,
  flag,
  group,
  int,
  list,
  section,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';
import { formatDuration } from '../../component/schema/duration.js';
import { checkDimensions, dimensions, type DimensionConfig } from './dimension-config.js';

/** docs/spec/gateway.md#span-metrics-config. Times in milliseconds. */
export interface Config {
  readonly namespace: string;
  readonly histogram: HistogramConfig;
  readonly dimensions: readonly DimensionConfig[];
  readonly calls_dimensions: readonly DimensionConfig[];
  readonly exclude_dimensions: readonly string[];
  readonly dimensions_cache_size: number;
  readonly aggregation_cardinality_limit: number;
  readonly aggregation_temporality: string;
  readonly metrics_flush_interval: number;
  readonly metrics_expiration: number;
  readonly series_expiration: number;
  readonly metric_timestamp_cache_size: number;
  readonly resource_metrics_cache_size: number;
  readonly resource_metrics_key_attributes: readonly string[];
  readonly add_resource_attributes: boolean;
  readonly exemplars: { readonly enabled: boolean; readonly max_per_data_point: number };
  readonly events: { readonly enabled: boolean; readonly dimensions: readonly DimensionConfig[] };
  readonly include_instrumentation_scope: readonly string[];
  readonly enable_metrics_sampling_method: boolean;
  readonly collector_instance_id: string;
  readonly max_series_bytes: number;
}

export interface HistogramConfig {
  readonly disable: boolean;
  /** `ms` or `s`; empty: as the feature gate says. */
  readonly unit: string;
  readonly explicit: { readonly buckets: readonly number[] } | undefined;
  readonly exponential: { readonly max_size: number } | undefined;
  readonly dimensions: readonly DimensionConfig[];
}

export const delta = 'AGGREGATION_TEMPORALITY_DELTA';
const cumulative = 'AGGREGATION_TEMPORALITY_CUMULATIVE';

/** Milliseconds. */
export const defaultBuckets: readonly number[] = [
  ...[2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
];

/** The name of a unit as the metrics have it; undefined for another one. */
export function unitOf(given: string): 'ms' | 's' | undefined {
  const unit = given.toLowerCase();
  return unit === 'ms' || unit === 's' ? unit : undefined;
}

const notNegative = (what: string, must: string) => (value: number) =>
  value < 0 ? `invalid ${what}: ${value}, the ${must} should be positive` : undefined;
const notBefore = (what: string) => (ms: number) =>
  ms < 0 ? `invalid ${what}: ${formatDuration(ms)}, the duration should be positive` : undefined;

const histogram: Schema<HistogramConfig> = group<HistogramConfig>(
  {
    disable: flag(false, { about: 'Makes no `duration` metric.' }),
    unit: text(
      '',
      {
        about: '`ms` or `s`. Empty: `ms`, or `s` with the gate `connector.spanmetrics.useSecondAsDefaultMetricsUnit`.',
      },
      (given) =>
        given === '' || unitOf(given) !== undefined
          ? undefined
          : `unknown Unit ${JSON.stringify(given)}, allowed units are "ms" and "s"`,
    ),
    explicit: section(
      group({
        buckets: list(duration('0s'), defaultBuckets, {
          about: 'Upper bounds, each a duration. By default 2ms to 15s.',
        }),
      }),
      { absent: 'off', empty: 'off' },
      { about: 'Buckets with given bounds, which are the default.' },
    ),
    exponential: section(
      group({
        max_size: int(160, {
          about: 'Buckets of a series, at most; corrected to 2 to 16384, and 160 when not above 0.',
        }),
      }),
      { absent: 'off', empty: 'off' },
      { about: 'Exponential buckets in place of explicit ones.' },
    ),
    dimensions: dimensions('Further dimensions of the `duration` metric.'),
  },
  ({ explicit, exponential }, report) => {
    if (explicit && exponential) report('use either `explicit` or `exponential` buckets histogram', ['exponential']);
  },
);

export const config: Schema<Config> = group<Config>(
  {
    namespace: text('traces.span.metrics', { about: 'What stands before the names of the metrics; empty: nothing.' }),
    histogram,
    dimensions: dimensions('Attributes that become attributes of all metrics.'),
    calls_dimensions: dimensions('Further dimensions of the `calls` metric.'),
    exclude_dimensions: list(text(), [], {
      about:
        'Built-in dimensions that are left out: `service.name`, `span.name`, `span.kind`, `status.code`, ' +
        '`collector.instance.id`.',
    }),
    dimensions_cache_size: int(0, { about: 'Accepted without effect, as in the Collector.' }),
    aggregation_cardinality_limit: int(
      0,
      { about: 'Series of a resource and metric; further ones are counted in an overflow series. 0: no such limit.' },
      notNegative('aggregation_cardinality_limit', 'limit'),
    ),
    aggregation_temporality: text(cumulative, {
      about: `\`${delta}\` counts from one flush to the next; anything else is cumulative.`,
    }),
    metrics_flush_interval: duration('60s', { about: 'How often the metrics are handed on.' }, (ms) =>
      ms === 0
        ? 'invalid metrics_flush_interval: 0s, metrics have to be flushed at some time: give a duration such as 60s'
        : notBefore('metrics_flush_interval')(ms),
    ),
    metrics_expiration: duration(
      '0s',
      { about: 'A resource without spans for this long is forgotten with its series. 0: never.' },
      notBefore('metrics_expiration'),
    ),
    series_expiration: duration(
      '0s',
      { about: 'A series without spans for this long is forgotten. 0: never.' },
      notBefore('series_expiration'),
    ),
    metric_timestamp_cache_size: int(1000, {
      about: 'Delta: series without spans since the last flush whose time is remembered, so that their intervals join.',
    }),
    resource_metrics_cache_size: int(
      1000,
      { about: 'Resources; the one without spans for the longest time makes room for a new one.' },
      (value) => (value <= 0 ? 'resource_metrics_cache_size must provide a positive size' : undefined),
    ),
    resource_metrics_key_attributes: list(text(), [], {
      about: 'Attributes that distinguish resources; empty: all of them.',
    }),
    add_resource_attributes: flag(false, {
      about: 'Attributes of the resource in spite of the gate `connector.spanmetrics.excludeResourceMetrics`.',
    }),
    exemplars: group({
      enabled: flag(false, { about: 'Attaches the IDs of some spans to the points.' }),
      max_per_data_point: int(
        5,
        { about: 'How many of a point: the first since the last flush.' },
        notNegative('max_per_data_point', 'value'),
      ),
    }),
    events: group({
      enabled: flag(false, { about: 'Makes an `events` metric of the events of spans.' }),
      dimensions: dimensions('Attributes of the span, else of the event, that become attributes of this metric.'),
    }),
    include_instrumentation_scope: list(text(), [], {
      about: 'Scopes whose name and version become attributes of the series that their spans begin.',
    }),
    enable_metrics_sampling_method: flag(false, {
      about: 'Attribute `sampling.method`: `extrapolated` for spans that tell their probability, else `counted`.',
    }),
    collector_instance_id: text('', {
      about:
        'Value of `collector.instance.id`, to be the same after a restart, such as the name of the pod. Empty: a ' +
        'random UUID. Kanmon only.',
    }),
    max_series_bytes: int(
      0,
      {
        about:
          'Memory of all series. Where a service finds no more room, its new series are counted in an overflow ' +
          'series. 0: an eighth of the memory limit. Kanmon only.',
        unit: 'bytes',
      },
      (value) => (value < 0 ? `must not be below 0, not ${value}` : undefined),
    ),
  },
  (value, report: Report) => {
    checkDimensions('dimensions', value.dimensions, ['dimensions'], report);
    checkDimensions('calls dimensions', value.calls_dimensions, ['calls_dimensions'], report);
    checkDimensions('histogram dimensions', value.histogram.dimensions, ['histogram', 'dimensions'], report);
    const { events } = value;
    if (events.enabled && events.dimensions.length === 0)
      report('failed validating event dimensions: no dimensions configured for events', ['events', 'dimensions']);
    else if (events.enabled) checkDimensions('event dimensions', events.dimensions, ['events', 'dimensions'], report);
    if (value.aggregation_temporality === delta && value.metric_timestamp_cache_size <= 0)
      report(
        `invalid delta timestamp cache size: ${value.metric_timestamp_cache_size}, the maximum number of the items ` +
          'in the cache should be positive',
        ['metric_timestamp_cache_size'],
      );
  },
);
