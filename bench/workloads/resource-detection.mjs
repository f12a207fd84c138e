import { config, grpcTo } from '../lib/config.mjs';

const on = (names) => Object.fromEntries(names.map((name) => [name, { enabled: true }]));

/** An agent adds to all that passes: some ten attributes of the host in every resource. */
export const workload = {
  name: 'resource-detection',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: {
        resource_detection: {
          detectors: ['system'],
          override: false,
          system: {
            hostname_sources: ['os'],
            resource_attributes: on([
              'host.arch',
              'host.id',
              'host.ip',
              'host.mac',
              'host.cpu.vendor.id',
              'host.cpu.family',
              'host.cpu.model.name',
              'os.description',
              'os.name',
              'os.version',
            ]),
          },
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
