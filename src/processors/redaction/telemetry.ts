import { reasons } from '../../attributes/changing-attributes.js';
import type { TelemetrySpec } from '../../component/define.js';

export const telemetry: TelemetrySpec = { metrics: [], reasons };
