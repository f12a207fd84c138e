import type { TelemetrySpec } from '../../component/define.js';
import { fileMetrics } from '../../files/telemetry.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, ...fileMetrics],
  reasons: {
    ...receiverReasons,
    not_text: 'An expression in `attributes` or `resource` did not give a text for the line.',
  },
};
