import { config, grpcTo } from '../lib/config.mjs';

/** OTLP/gRPC in, the same OTLP/gRPC out. */
export const workload = {
  name: 'pass-grpc',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({ ...ports, exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) } }),
};
