import { limitReasons } from '../../aggregation/metrics-limit.js';
import type { TelemetrySpec } from '../../component/define.js';
import { failureReasons } from '../../statements/failures.js';

export const telemetry: TelemetrySpec = { metrics: [], reasons: { ...failureReasons, ...limitReasons } };
