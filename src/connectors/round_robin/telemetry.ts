import type { TelemetrySpec } from '../../component/define.js';

export const telemetry: TelemetrySpec = { metrics: [], reasons: {} };
