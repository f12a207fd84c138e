import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { sendFailed, sent } from '../../delivery/metrics.js';

export const seriesCount: MetricSpec = {
  name: 'kanmon_exporter_prometheus_series',
  description: 'Series on the page of the exporter.',
  unit: '{series}',
  kind: 'gauge',
  level: 'basic',
};
export const seriesMemory: MetricSpec = {
  name: 'kanmon_exporter_prometheus_memory',
  description: 'Bytes of memory that the series on the page keep alive.',
  unit: 'By',
  kind: 'gauge',
  level: 'basic',
};
export const expiredSeries: MetricSpec = {
  name: 'kanmon_exporter_prometheus_expired_series',
  description: 'Series that were removed because no newer point came within `metric_expiration`.',
  unit: '{series}',
  kind: 'counter',
  level: 'basic',
};
export const refusedScrapes: MetricSpec = {
  name: 'kanmon_exporter_prometheus_refused_scrapes',
  description: 'Scrapes that were refused because too many were in progress, or cut off because they took too long.',
  unit: '{scrape}',
  kind: 'counter',
  level: 'basic',
};

/** Stored and failed points are counted as by every exporter. */
export const telemetry: TelemetrySpec = {
  metrics: [sent('metrics'), sendFailed('metrics'), seriesCount, seriesMemory, expiredSeries, refusedScrapes],
  reasons: {
    no_name: 'Nothing is left of the name of the metric in the characters that Prometheus allows.',
    invalid_label: 'The name of an attribute cannot be the name of a label, or begins with two underscores.',
    duplicate_label: 'Two attributes have the same name as labels, or an attribute that of a label of the exporter.',
    type_conflict: 'A metric of another type has the same name.',
    series_limit: 'The memory for series had no room for a new one, or for a longer histogram.',
    no_data: 'The metric has no data of a kind that is known.',
    delta_not_monotonic: 'Deltas of a sum that may fall cannot be added up.',
    no_temporality: 'The sum or histogram does not say whether it is a delta or cumulative.',
    out_of_order: 'A newer point of the series is there.',
    expired: 'The series has expired, and the point has its old time again.',
    overlapping_delta: 'The delta begins before the end of the last one: its series has two writers.',
    too_large: 'The buckets or quantiles of the point, each with all labels of its series, would take more than 4 MiB.',
    unsupported_scale: 'The scale of the exponential histogram is below -4.',
    internal_error: 'A defect in this program; the log has the error.',
    invalid_histogram: 'An index of a bucket of the exponential histogram is out of range.',
  },
};
