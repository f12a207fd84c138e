import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

export const leading: MetricSpec = {
  name: 'kanmon_leader_elector_leading',
  description: 'Whether this process holds the lease (1), or not (0): the sum over all replicas is 1.',
  unit: '1',
  kind: 'updown',
  level: 'basic',
};

export const transitions: MetricSpec = {
  name: 'kanmon_leader_elector_transitions',
  description: 'How often this process took the lease, and how often it ended leading.',
  unit: '{transition}',
  kind: 'counter',
  level: 'basic',
};

export const telemetry: TelemetrySpec = { metrics: [leading, transitions], reasons: {} };
