import type { TelemetryLevel } from '../component/telemetry.js';

/** `service::telemetry`, decoded (spec core 8.1). */
export interface TelemetryConfig {
  readonly metrics: { readonly level: TelemetryLevel };
}
