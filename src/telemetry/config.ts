import { any, group, type Schema } from '../component/schema/schema.js';
import { logs, type LogsConfig } from './config/logs.js';
import { metrics, type MetricsConfig } from './config/metrics.js';
import { checkResource } from './config/resource.js';
import { traces, type TracesConfig } from './config/traces.js';

/** `service::telemetry`, decoded (docs/spec/core.md#telemetry-config). */
export interface TelemetryConfig {
  readonly logs: LogsConfig;
  readonly metrics: MetricsConfig;
  readonly traces: TracesConfig;
  readonly resource: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The schema of `service::telemetry`. As in the Collector, some errors appear only at start: a missing port, an unknown
 * encoding.
 */
export const telemetryConfig: Schema<TelemetryConfig> = group<TelemetryConfig>(
  {
    logs,
    metrics,
    traces,
    resource: any({ about: 'Attributes of this program in its own telemetry.' }) as Schema<
      Readonly<Record<string, unknown>> | undefined
    >,
  },
  (config, report) => {
    if (config.metrics.views !== undefined && config.metrics.level !== 'detailed')
      report('service::telemetry::metrics::views can only be set when service::telemetry::metrics::level is detailed');
    if (config.metrics.level !== 'none' && config.metrics.readers.length === 0)
      report('collector telemetry metrics reader should exist when metric level is not none');
    checkResource(config.resource, report);
  },
);
