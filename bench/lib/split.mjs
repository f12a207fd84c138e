import { config, grpcTo } from './config.mjs';

export const split = (count) => ({
  name: `split-${count}`,
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: count,
  config: ({ encoding, sinks, ...ports }) => {
    const { endpoint: _replaced, ...otlp } = grpcTo(0, encoding);
    return config({
      ...ports,
      exporters: {
        load_balancing: {
          protocol: { otlp },
          resolver: { static: { hostnames: sinks.map((s) => `127.0.0.1:${s.grpc}`) } },
        },
      },
    });
  },
});
