import type { TelemetrySpec } from '../../component/define.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';
import { httpClientMetrics } from '../../net/http/watch-requests.js';

/** The metrics of the delivery chain are those of every exporter (docs: delivery). */
export const telemetry: TelemetrySpec = {
  metrics: [...deliveryMetrics, ...httpClientMetrics],
  reasons: {
    ...deliveryReasons,
    backend_refused: 'The backend answered with a status that says not to send again.',
    deadline_exceeded: 'The backend did not answer within the time that was left.',
    bad_request: 'The request has header fields that HTTP does not allow.',
    bad_response:
      'The backend accepted the request with a response that cannot be read, so that the accepted part is unknown.',
    not_started: 'Something was sent before the exporter had started.',
  },
};
