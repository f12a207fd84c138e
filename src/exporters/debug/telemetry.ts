import type { TelemetrySpec } from '../../component/define.js';

/** The metrics of the delivery chain are those of every exporter (docs: delivery). */
export const telemetry: TelemetrySpec = {
  metrics: [],
  reasons: {},
};
