import { config, grpcTo } from '../lib/config.mjs';

/** The writers of 10,000 streams of counters, from one host: nothing is wrong, and nothing is changed. */
export const workload = {
  name: 'single-writer',
  protocol: 'grpc',
  encodings: ['none'],
  shape: 'P',
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) => {
    const base = config({
      ...ports,
      processors: { single_writer: {} },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    });
    base.service.pipelines = { metrics: base.service.pipelines.traces };
    return base;
  },
};
