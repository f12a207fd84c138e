import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { operatorMetrics } from '../../entries/operator-telemetry.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const unreadableEntries: MetricSpec = {
  name: 'kanmon_journald_unreadable_entries',
  description: 'Lines of journalctl that are no entry of the journal, or longer than 2 MiB, and were left out.',
  unit: '{entry}',
  kind: 'counter',
  level: 'basic',
};

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, ...Object.values(operatorMetrics), unreadableEntries],
  reasons: receiverReasons,
};
