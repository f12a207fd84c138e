import { config, grpcTo } from '../lib/config.mjs';

/** A condition on an attribute of every span: one route in ten goes to the first backend, the rest to the second. */
export const workload = {
  name: 'routing',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 2,
  config: ({ encoding, sinks, ...ports }) => {
    const [first, second] = sinks.map(({ grpc }) => grpcTo(grpc, encoding));
    const base = config({ ...ports, exporters: { 'otlp_grpc/1': first, 'otlp_grpc/2': second } });
    const condition = 'span.attributes["http.route"] == "/api/v1/resource7/{id}"';
    base.connectors = {
      routing: { table: [{ condition, pipelines: ['traces/1'] }], default_pipelines: ['traces/2'] },
    };
    base.service.pipelines = {
      traces: { receivers: ['otlp'], exporters: ['routing'] },
      'traces/1': { receivers: ['routing'], exporters: ['otlp_grpc/1'] },
      'traces/2': { receivers: ['routing'], exporters: ['otlp_grpc/2'] },
    };
    return base;
  },
};
