import type { TelemetrySpec } from '../../component/define.js';
import { receiverMetrics, receiverReasons } from '../../intake/metrics.js';
import { scraperMetrics } from '../../intake/scrape/metrics.js';

export const telemetry: TelemetrySpec = { metrics: [...receiverMetrics, ...scraperMetrics], reasons: receiverReasons };
