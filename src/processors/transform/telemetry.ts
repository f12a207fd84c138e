import type { TelemetrySpec } from '../../component/define.js';
import { failureReasons } from '../../statements/failures.js';

export const telemetry: TelemetrySpec = {
  metrics: [],
  reasons: {
    ...failureReasons,
    merged: 'Statements made fewer data points of several, or removed them.',
    groups_too_large: 'With `flatten_data`, copies of resources and scopes would take many times the memory.',
  },
};
