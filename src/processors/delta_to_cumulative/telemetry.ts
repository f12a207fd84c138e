import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

/** Those that begin with `kanmon_` are Kanmon's own. */
export const metrics: Readonly<Record<'points' | 'tracked' | 'limit' | 'maxStale' | 'gaps' | 'bytes', MetricSpec>> = {
  points: {
    name: 'otelcol_deltatocumulative_datapoints',
    description: `total number of datapoints processed. may have 'error' attribute, if processing failed [Development]`,
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  tracked: {
    name: 'otelcol_deltatocumulative_streams_tracked',
    description: 'number of streams tracked [Development]',
    unit: '{dps}',
    kind: 'updown',
    level: 'normal',
  },
  limit: {
    name: 'otelcol_deltatocumulative_streams_limit',
    description: 'upper limit of tracked streams [Development]',
    unit: '{stream}',
    kind: 'gauge',
    level: 'normal',
  },
  maxStale: {
    name: 'otelcol_deltatocumulative_streams_max_stale',
    description: 'duration after which streams inactive streams are dropped [Development]',
    unit: 's',
    kind: 'gauge',
    level: 'normal',
    merge: 'max',
  },
  gaps: {
    name: 'kanmon_delta_to_cumulative_gaps',
    description: 'Points that begin later than the one before of their stream has ended: what lies between is lost.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  bytes: {
    name: 'kanmon_delta_to_cumulative_bytes',
    description: 'Memory of the streams, of at most `max_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
};

const reasons = {
  older_start: 'The point begins before its stream: perhaps several senders have the same stream.',
  out_of_order: 'The point is not later than the one before of its stream.',
  limit: 'The point begins a stream, or its histogram grows, and `max_streams` or `max_bytes` leaves no room.',
  no_recorded_value: 'The point says that it has no value.',
  not_a_number: 'The value is not a number: the total would be none from then on.',
} as const;
export type DropReason = keyof typeof reasons;

/** The attribute `error` of a reason, where the Collector has a name for it. */
const errors: Readonly<Partial<Record<string, string>>> = {
  older_start: 'delta.ErrOlderStart',
  out_of_order: 'delta.ErrOutOfOrder',
};

/** The attribute `error` of a reason. */
export function errorOf(reason: string): string {
  return errors[reason] ?? reason;
}

export const telemetry: TelemetrySpec = { metrics: Object.values(metrics), reasons };
