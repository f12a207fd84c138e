import { inUse } from '../component/schema/in-use.js';
import { any, group, type Schema } from '../component/schema/schema.js';
import { logs, type LogsConfig } from './config/logs.js';
import { checkPorts, metrics, type MetricsConfig } from './config/metrics.js';
import { checkResource } from './config/resource.js';
import { traces, type TracesConfig } from './config/traces.js';
import { telemetryFaults } from './telemetry-faults.js';

/** `service::telemetry`, decoded (docs/spec/core.md#telemetry-config). */
export interface TelemetryConfig {
  readonly logs: LogsConfig;
  readonly metrics: MetricsConfig;
  readonly traces: TracesConfig;
  readonly resource: Readonly<Record<string, unknown>> | undefined;
}

const options: Schema<TelemetryConfig> = group<TelemetryConfig>(
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
    if (config.metrics.level !== 'none' && config.metrics.readers?.length === 0)
      report('collector telemetry metrics reader should exist when metric level is not none');
    checkPorts(config.metrics.readers ?? [], report);
    checkResource(config.resource, report);
  },
);

/** The schema of `service::telemetry`. */
export const telemetryConfig: Schema<TelemetryConfig> = inUse(options, telemetryFaults);
