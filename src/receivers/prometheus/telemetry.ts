import type { TelemetrySpec } from '../../component/define.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const telemetry: TelemetrySpec = {
  metrics: receiverMetrics,
  reasons: {
    ...receiverReasons,
    no_otlp_form: 'No metric of OTLP can hold the scraped point, such as a histogram without its count.',
  },
};
