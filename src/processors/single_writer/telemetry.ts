import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

type Name = 'violations' | 'takeovers' | 'tagged' | 'late' | 'repeated' | 'untracked' | 'streams' | 'writers' | 'bytes';

/** The Collector has no such processor; all metrics are Kanmon's own. */
export const metrics: Readonly<Record<Name, MetricSpec>> = {
  violations: {
    name: 'kanmon_single_writer_violations',
    description: 'Data points that show that a stream has several writers, by `violation` and likely `cause`.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'basic',
  },
  takeovers: {
    name: 'kanmon_single_writer_takeovers',
    description: 'Streams that another writer took over because their owner was silent.',
    unit: '{stream}',
    kind: 'counter',
    level: 'normal',
  },
  tagged: {
    name: 'kanmon_single_writer_tagged_datapoints',
    description: 'Data points of a second writer that were given the attribute of `action: tag`.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  late: {
    name: 'kanmon_single_writer_late_datapoints',
    description: 'Data points of the one writer that came behind a newer one of their stream.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  repeated: {
    name: 'kanmon_single_writer_repeated_datapoints',
    description: 'Data points that came again, with the same time and value.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  untracked: {
    name: 'kanmon_single_writer_untracked_datapoints',
    description: 'Data points that passed unchecked: `max_streams` or `max_bytes` left no room for their stream.',
    unit: '{datapoint}',
    kind: 'counter',
    level: 'normal',
  },
  streams: {
    name: 'kanmon_single_writer_streams',
    description: 'Streams whose writers are known.',
    unit: '{stream}',
    kind: 'gauge',
    level: 'normal',
  },
  writers: {
    name: 'kanmon_single_writer_writers',
    description: 'Writers that are known; each worker knows and counts them by itself.',
    unit: '{writer}',
    kind: 'gauge',
    level: 'normal',
  },
  bytes: {
    name: 'kanmon_single_writer_bytes',
    description: 'Memory of the streams, of at most `max_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
};

const reasons = {
  second_writer: 'Another writer has the stream (`action: first` or `reject`).',
  contradicting: 'The point cannot be true beside an earlier one of its own writer (`action: first` or `reject`).',
  repeated: 'The change was here before, and would be counted twice (`action: first` or `reject`).',
} as const;
export type FenceReason = keyof typeof reasons;

export const telemetry: TelemetrySpec = { metrics: Object.values(metrics), reasons };
