import type { TelemetrySpec } from '../../component/define.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';

export const telemetry: TelemetrySpec = { metrics: receiverMetrics, reasons: receiverReasons };
