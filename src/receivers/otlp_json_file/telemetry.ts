import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { fileMetrics } from '../../files/telemetry.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const unreadableLines: MetricSpec = {
  name: 'kanmon_otlp_json_file_unreadable_lines',
  description: 'Lines that are no OTLP request in JSON, and were left out.',
  unit: '{line}',
  kind: 'counter',
  level: 'basic',
};

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, ...fileMetrics, unreadableLines],
  reasons: receiverReasons,
};
