import type { TelemetrySpec } from '../../component/define.js';
import { failureReasons } from '../../statements/failures.js';

export const telemetry: TelemetrySpec = {
  metrics: [],
  reasons: { ...failureReasons, no_route: 'No route moves the item, and there are no default pipelines.' },
};
