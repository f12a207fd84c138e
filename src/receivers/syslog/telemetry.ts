import type { TelemetrySpec } from '../../component/define.js';
import { operatorMetrics } from '../../entries/operator-telemetry.js';
import { inputMetrics } from '../../inputs/metrics.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';
import { senderFaults } from '../../intake/sender-faults.js';

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, ...Object.values(operatorMetrics), senderFaults, ...Object.values(inputMetrics)],
  reasons: receiverReasons,
};
