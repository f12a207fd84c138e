import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

/** Those that begin with `kanmon_` are Kanmon's own. */
export const metrics: Readonly<Record<'points' | 'dropped' | 'streams' | 'bytes', MetricSpec>> = {
  points: {
    name: 'otelcol_cumulativetodelta_datapoints',
    description: 'Data points that were converted, or began a stream and were sent.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  dropped: {
    name: 'otelcol_cumulativetodelta_datapoints_dropped',
    description: 'Data points that were dropped, by `reason`.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  streams: {
    name: 'kanmon_cumulative_to_delta_streams',
    description: 'Streams whose last point is known.',
    unit: '{streams}',
    kind: 'gauge',
    level: 'normal',
  },
  bytes: {
    name: 'kanmon_cumulative_to_delta_bytes',
    description: 'Memory of the streams, of at most `max_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    initial: 'The point is the first of its stream, and `initial_value` says that it is not sent.',
    out_of_order: 'The point is not later than the one before of its stream.',
    bucket_mismatch: 'The point has other bucket bounds than the one before of its stream.',
    no_recorded_value: 'The point says that it has no value.',
    streams_limit:
      'The point begins a stream, or its histogram grows, and `max_streams` or `max_bytes` leaves no room.',
  },
};
