import { config, grpcTo } from './config.mjs';

const gateway = ({ encoding, sinks, next: _next, ...ports }) =>
  config({ ...ports, exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) } });
const with_ = (count) => ({
  name: count === 1 ? 'one worker' : `${count} workers`,
  programs: [{ name: 'gateway', config: gateway, args: ['--workers', String(count)] }],
});

/** As fast as responses come, over several connections: one process against two that share the port. */
export const workers = (connections) => ({
  name: `workers-${connections}`,
  protocol: 'grpc',
  encodings: ['none'],
  sinks: 1,
  connections,
  inFlight: Math.max(1, Math.round(16 / connections)),
  rate: 0,
  spansPerRound: 900_000,
  chains: [with_(1), with_(2)],
  base: 'one worker',
});
