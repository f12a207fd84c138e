import type { TelemetrySpec } from '../../component/define.js';
import { operatorMetrics } from '../../entries/operator-telemetry.js';
import { inputMetrics } from '../../inputs/metrics.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, ...Object.values(operatorMetrics), inputMetrics.droppedPackets],
  reasons: receiverReasons,
};
