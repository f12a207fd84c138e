import type { TelemetrySpec } from '../../component/define.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';
import { rpcClientDuration } from '../../net/grpc/watch-calls.js';

/** The metrics of the delivery chain are those of every exporter (docs: delivery). */
export const telemetry: TelemetrySpec = {
  metrics: [...deliveryMetrics, rpcClientDuration],
  reasons: {
    ...deliveryReasons,
    backend_refused: 'The backend answered with a status that says not to send again.',
    deadline_exceeded: 'The backend did not answer within the time that was left.',
    not_started: 'Something was sent before the exporter had started.',
  },
};
