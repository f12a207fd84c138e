import type { TelemetrySpec } from '../../component/define.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';

/** The metrics of the delivery chain are those of every exporter (docs: delivery). */
export const telemetry: TelemetrySpec = {
  metrics: deliveryMetrics,
  reasons: {
    ...deliveryReasons,
  },
};
