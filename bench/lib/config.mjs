// Collector YAML for a workload, as JSON: any collector under test reads the same file.
/** `targets`: host:port of the sinks. `exporter`: the exporters section and the names used in the pipeline. */
export function config({ grpcPort, httpPort, metricsPort, exporters, processors = {}, queue = true }) {
  const names = Object.keys(exporters);
  for (const body of Object.values(exporters)) if (!queue) body.sending_queue = { enabled: false };
  return {
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${grpcPort}`, max_recv_msg_size_mib: 16 },
          http: { endpoint: `127.0.0.1:${httpPort}` },
        },
      },
    },
    ...(Object.keys(processors).length > 0 ? { processors } : {}),
    exporters,
    service: {
      telemetry: {
        logs: { level: 'warn' },
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: metricsPort } } } }] },
      },
      pipelines: { traces: { receivers: ['otlp'], processors: Object.keys(processors), exporters: names } },
    },
  };
}

export const grpcTo = (port, compression) => ({ endpoint: `127.0.0.1:${port}`, tls: { insecure: true }, compression });
