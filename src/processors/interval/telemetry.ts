import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

/** The Collector has none; these are Kanmon's own. */
export const metrics: Readonly<Record<'streams' | 'bytes' | 'overflow' | 'skipped', MetricSpec>> = {
  streams: {
    name: 'kanmon_interval_streams',
    description: 'Streams of which a point waits for the end of the interval.',
    unit: '{streams}',
    kind: 'gauge',
    level: 'normal',
  },
  bytes: {
    name: 'kanmon_interval_bytes',
    description: 'Memory of the points that are kept, of at most `max_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
  overflow: {
    name: 'kanmon_interval_overflow_datapoints',
    description: 'Data points that were handed on as they came, because `max_bytes` left no room.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  skipped: {
    name: 'kanmon_interval_skipped_flushes',
    description: 'Ends of an interval at which the next component had not taken the points of the one before.',
    unit: '{flushes}',
    kind: 'counter',
    level: 'normal',
  },
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    aggregated: 'A later point of the same stream stands for it.',
    retries_exhausted: 'The next component has refused the batch for five minutes.',
    shutdown: 'The service ended before the next component accepted the batch.',
  },
};
