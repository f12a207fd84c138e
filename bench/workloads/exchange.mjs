import { config, grpcTo } from '../lib/config.mjs';

const chain = (name, processor, count = 4) => ({
  name,
  programs: [
    {
      name: 'gateway',
      config: ({ encoding, sinks, next: _next, ...ports }) =>
        config({
          ...ports,
          processors: { [processor]: {} },
          exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
        }),
      args: ['--workers', String(count)],
    },
  ],
});

/** The cost of keeping traces together over four workers: the same processor with an exchange before it and without. */
export const workload = {
  name: 'exchange',
  protocol: 'grpc',
  encodings: ['none'],
  sinks: 1,
  connections: 16,
  inFlight: 1,
  // With the components of test/support/components.
  extended: true,
  chains: [chain('apart', 'passing'), chain('by trace', 'by_trace')],
  base: 'apart',
};
