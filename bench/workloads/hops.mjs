import { config, grpcTo } from '../lib/config.mjs';

const direct = (exporter) => ({ ...exporter, sending_queue: { enabled: false } });
const forward = ({ encoding, next: _next, to, sinks: _sinks, ...ports }) =>
  config({ ...ports, exporters: { otlp_grpc: direct(grpcTo(to, encoding)) } });
const toSink = (world) => forward({ ...world, to: world.sinks[0].grpc });
const route = ({ encoding, next, to: _to, sinks: _sinks, ...ports }) => {
  const { endpoint: _replaced, ...otlp } = direct(grpcTo(0, encoding));
  const hostnames = ['tier-2a', 'tier-2b'].map((name) => `127.0.0.1:${next(name)}`);
  return config({
    ...ports,
    exporters: { load_balancing: { protocol: { otlp }, resolver: { static: { hostnames } } } },
  });
};
const tier2 = [
  { name: 'tier-2a', config: toSink },
  { name: 'tier-2b', config: toSink },
];
const tier1 = { name: 'tier-1', config: route };
const agent = { name: 'agent', config: (world) => forward({ ...world, to: world.next('tier-1') }) };

/**
 * The cost of every hop: one gateway; tier 1 before two of tier 2; an agent before those. Without queues, so that a
 * request's latency is that of all hops together.
 */
export const workload = {
  name: 'hops',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  chains: [
    { name: 'one gateway', programs: [{ name: 'gateway', config: toSink }] },
    { name: 'two tiers', programs: [tier1, ...tier2] },
    { name: 'agent and two tiers', programs: [agent, tier1, ...tier2] },
  ],
};
