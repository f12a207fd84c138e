import type { TelemetrySpec } from '../../component/define.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';
import { httpClientMetrics } from '../../net/http/watch-requests.js';

export const telemetry: TelemetrySpec = {
  metrics: [...deliveryMetrics, ...httpClientMetrics],
  reasons: {
    ...deliveryReasons,
    backend_refused: 'The backend answered with a status that says not to send again.',
    bad_request: 'The request has header fields that HTTP does not allow.',
    not_started: 'Something was sent before the exporter had started.',
    no_name: 'Nothing is left of the name of the metric in the characters that Prometheus allows.',
    no_data: 'The metric has no data of a kind that is known.',
    delta_temporality:
      'Remote write has cumulative values only: let the source send these ' +
      '(OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative), or use the exporter prometheus, which adds up.',
    no_temporality: 'The sum or histogram does not say whether it is a delta or cumulative.',
    too_large: 'The buckets or quantiles of the point, each with all labels of its series, would take more than 4 MiB.',
    unsupported_scale: 'The scale of the exponential histogram is below -4.',
  },
};
