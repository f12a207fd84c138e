import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

export const metrics: Readonly<Record<'overflow' | 'series' | 'bytes' | 'skipped', MetricSpec>> = {
  overflow: {
    name: 'kanmon_span_metrics_overflow_items',
    description:
      'Spans, or events, that were counted in an overflow series, by metric, by the dimension that has the most ' +
      'values, and by the limit that was reached (`cardinality`, `memory`).',
    unit: '{items}',
    kind: 'counter',
    level: 'normal',
  },
  series: {
    name: 'kanmon_span_metrics_series',
    description: 'Series that are counted in.',
    unit: '{series}',
    kind: 'gauge',
    level: 'normal',
  },
  bytes: {
    name: 'kanmon_span_metrics_bytes',
    description: 'Memory of the series, of at most `max_series_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
  skipped: {
    name: 'kanmon_span_metrics_skipped_flushes',
    description: 'Flushes that were left out because the next component had not taken the one before.',
    unit: '{flushes}',
    kind: 'counter',
    level: 'normal',
  },
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    no_service_name: 'The resource of the span has no `service.name`.',
    shutdown: 'The service ended before the next component accepted the metrics.',
  },
};
