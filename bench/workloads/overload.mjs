import { config, grpcTo } from '../lib/config.mjs';

/**
 * Open loop at twice what the sink takes, over 200 connections, for 60 s (--quick: 10 s), with memory_limiter and
 * queues at their defaults for a 512 MiB limit. It looks at memory, refusals and the ledger, not at cost, so it runs
 * once and has no relay beside it.
 */
export const workload = {
  name: 'overload',
  protocol: 'grpc',
  encodings: ['none'],
  sinks: 1,
  overload: { sinkSpansPerSecond: 40_000, factor: 2, seconds: 60, quickSeconds: 10, connections: 200 },
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: { memory_limiter: { check_interval: '1s', limit_mib: 512 } },
      exporters: { otlp_grpc: { ...grpcTo(sinks[0].grpc, encoding), timeout: '30s' } },
    }),
};
