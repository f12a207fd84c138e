// The configuration of the gateway under attack: OTLP over both protocols to a backend that accepts everything. An
// attack changes parts of it.
export function configOf(ports, { receivers, exporters, processors, extensions, telemetry, pipelines } = {}) {
  const parts = {
    receivers: receivers ?? {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${ports.grpc}` },
          http: { endpoint: `127.0.0.1:${ports.http}` },
        },
      },
    },
    processors: processors ?? {},
    exporters: exporters ?? { otlp_grpc: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true } } },
    extensions: extensions ?? {},
  };
  const pipeline = {
    receivers: Object.keys(parts.receivers),
    processors: Object.keys(parts.processors),
    exporters: Object.keys(parts.exporters),
  };
  const service = {
    extensions: Object.keys(parts.extensions),
    pipelines: pipelines ?? { traces: pipeline, metrics: pipeline, logs: pipeline },
    telemetry: telemetry ?? { metrics: { level: 'none' } },
  };
  // JSON is YAML.
  return JSON.stringify({ ...parts, service }, null, 2);
}
