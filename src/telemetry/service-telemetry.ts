import type { BuildInfo } from '../component/define.js';
import type { Clock } from '../component/clock.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { MetricReader, PrometheusReader, TelemetryConfig } from './config.js';
import { openLog } from './log/logger.js';
import { serveMetrics } from './metrics-server.js';
import { observeProcess } from './process.js';
import { exposition } from './prometheus.js';
import { Registry } from './registry.js';
import { serviceResource } from './resource.js';

export interface ServiceTelemetry {
  readonly logger: Logger;
  readonly meter: Meter;
  /** Begins to listen for scrapes. Rejects with `failed to create meter provider: ...`. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

const scope = 'kanmon';

/**
 * The log and the metrics of the program itself. What can't work here is a clear error at start, in the Collector's
 * words where it has some (spec core 8.1).
 */
export function createTelemetry(config: TelemetryConfig, build: BuildInfo, clock: Clock): ServiceTelemetry {
  const resource = serviceResource(config.resource, build);
  const log = openLog(config.logs, resource.attributes, clock);
  const { logger } = log;
  if (resource.inline.length > 0)
    logger.warn(
      'Using legacy service.telemetry.resource inline map format; prefer service.telemetry.resource.attributes (array of maps with `name` and `value` keys)',
      { legacy_resource_attributes: resource.inline },
    );
  const { level } = config.metrics;
  const registry = new Registry(level);
  const meter = registry.meter(scope);
  if (level === 'none') logger.info('Internal metrics telemetry disabled');
  const servers: { close(): Promise<void> }[] = [];
  const fail = (error: unknown): never => {
    const message = (error as Error).message;
    logger.error('error found during service initialization', { error: message });
    log.close();
    throw new Error(message, { cause: error });
  };
  let readers: PrometheusReader[] = [];
  try {
    if (level !== 'none') readers = config.metrics.readers.map(prometheusReader);
    if (config.metrics.views !== undefined && (!Array.isArray(config.metrics.views) || config.metrics.views.length > 0))
      throw new Error('failed to create meter provider: service::telemetry::metrics::views is not supported');
    if (config.traces.level !== 'none' && config.traces.processors.length > 0)
      throw new Error('failed to create tracer provider: service::telemetry::traces::processors is not supported');
  } catch (error) {
    fail(error);
  }
  logger.info('Internal trace telemetry disabled');
  return {
    logger,
    meter,
    async listen() {
      observeProcess(meter);
      for (const reader of readers) {
        const labels = constantLabels(reader, resource.attributes);
        const options = {
          withoutTypeSuffix: reader.without_type_suffix,
          withoutUnits: reader.without_units,
          withoutScopeInfo: reader.without_scope_info,
          constantLabels: labels,
          resource: resource.attributes,
          version: build.version,
        };
        try {
          servers.push(await serveMetrics(reader.host, reader.port, () => exposition(registry, options)));
        } catch (error) {
          throw new Error(
            `failed to create meter provider: binding address ${reader.host}:${reader.port} for Prometheus exporter: ${listenError(reader, error)}`,
            {
              cause: error,
            },
          );
        }
      }
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      log.close();
    },
  };
}

function prometheusReader(reader: MetricReader): PrometheusReader {
  const refuse = (why: string): never => {
    throw new Error(`failed to create meter provider: ${why}`);
  };
  if (reader.pull && reader.periodic) refuse('must not specify multiple metric reader type');
  if (reader.periodic) {
    const { otlp, console } = reader.periodic.exporter;
    if (!otlp && !console) refuse('no valid metric exporter');
    if (otlp && !['grpc', 'http/protobuf'].includes(otlp.protocol))
      refuse(otlp.protocol === '' ? 'no valid metric exporter' : `unsupported protocol ${JSON.stringify(otlp.protocol)}`);
    if (otlp && !['cumulative', 'delta', 'lowmemory'].includes(otlp.temporality_preference))
      refuse(`unsupported temporality preference ${JSON.stringify(otlp.temporality_preference)}`);
    refuse('a periodic reader is not supported; use a pull reader (prometheus)');
  }
  if (!reader.pull) return refuse('no valid metric reader');
  const { prometheus } = reader.pull.exporter;
  if (!prometheus) return refuse('no valid metric exporter');
  if (prometheus.host === '') refuse('host must be specified');
  if (prometheus.port === -2) refuse('port must be specified');
  if (prometheus.port < 0 || prometheus.port > 65_535)
    refuse(
      `binding address ${prometheus.host}:${prometheus.port} for Prometheus exporter: listen tcp: address ${prometheus.port}: invalid port`,
    );
  return prometheus;
}

function constantLabels(reader: PrometheusReader, resource: Readonly<Record<string, string>>): Record<string, string> {
  const { included, excluded } = reader.with_resource_constant_labels;
  return Object.fromEntries(Object.entries(resource).filter(([name]) => included.includes(name) && !excluded.includes(name)));
}

function listenError(reader: PrometheusReader, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `listen tcp ${reader.host}:${reader.port}: bind: address already in use`;
  if (code === 'ENOTFOUND') return `listen tcp: lookup ${reader.host}: no such host`;
  return message;
}
