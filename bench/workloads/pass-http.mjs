import { config } from '../lib/config.mjs';

/** OTLP/HTTP protobuf in, the same out. */
export const workload = {
  name: 'pass-http',
  protocol: 'http',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      exporters: { otlp_http: { endpoint: `http://127.0.0.1:${sinks[0].http}`, compression: encoding } },
    }),
};
