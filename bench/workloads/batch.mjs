import { config, grpcTo } from '../lib/config.mjs';

/** Small requests in, batches of 8192 spans out: the sending queue's own batching. */
export const workload = {
  name: 'batch',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  shape: 'S',
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      exporters: {
        otlp_grpc: {
          ...grpcTo(sinks[0].grpc, encoding),
          sending_queue: { batch: { flush_timeout: '200ms', min_size: 8192 } },
        },
      },
    }),
};
