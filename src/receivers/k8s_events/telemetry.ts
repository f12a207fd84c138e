import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const modifiedFiltered: MetricSpec = {
  name: 'otelcol_k8s_events_modified_filtered',
  description: 'Changes of events that `dedup_interval` left out.',
  unit: '{events}',
  kind: 'counter',
  level: 'basic',
};

export const telemetry: TelemetrySpec = { metrics: [...receiverMetrics, modifiedFiltered], reasons: receiverReasons };
