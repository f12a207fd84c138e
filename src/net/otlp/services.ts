import type { Signal } from '../../otlp/signal.js';

/** The gRPC method of each signal (docs/spec/core.md#otlp-routes). */
export const exportMethods: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  profiles: '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
};

/** The HTTP path of each signal below an exporter's endpoint. */
export const exportPaths: Readonly<Record<Signal, string>> = {
  traces: 'v1/traces',
  metrics: 'v1/metrics',
  logs: 'v1/logs',
  profiles: 'v1development/profiles',
};
