import { config, grpcTo } from '../lib/config.mjs';

/** One text as a further attribute of every span: each span changes, and the whole request is written anew. */
export const workload = {
  name: 'attributes-insert',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: {
        attributes: { actions: [{ key: 'deployment.environment.name', value: 'production', action: 'insert' }] },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
