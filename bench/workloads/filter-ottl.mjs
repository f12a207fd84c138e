import { config, grpcTo } from '../lib/config.mjs';

/** A condition on two attributes of every span, which none of them meets: nothing is dropped. */
export const workload = {
  name: 'filter-ottl',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: {
        filter: {
          error_mode: 'ignore',
          traces: {
            span: [
              'attributes["http.route"] == "/api/v1/resource7/{id}" and attributes["http.response.status_code"] == 200',
            ],
          },
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
