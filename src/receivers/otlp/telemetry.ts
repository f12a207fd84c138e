import type { TelemetrySpec } from '../../component/define.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';
import { senderFaults } from '../../intake/sender-faults.js';
import { rpcServerDuration } from '../../net/grpc/watch-calls.js';
import { httpServerMetrics } from '../../net/http/watch-requests.js';

export const telemetry: TelemetrySpec = {
  metrics: [...receiverMetrics, senderFaults, rpcServerDuration, ...httpServerMetrics],
  reasons: receiverReasons,
};
