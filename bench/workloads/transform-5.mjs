import { config, grpcTo } from '../lib/config.mjs';

/** Five statements of the usual kinds: each span changes in three places, and all its texts are looked at. */
export const workload = {
  name: 'transform-5',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: {
        transform: {
          error_mode: 'ignore',
          trace_statements: [
            {
              context: 'span',
              statements: [
                'set(attributes["deployment.environment.name"], "production")',
                'delete_key(attributes, "user_agent.original")',
                'replace_pattern(name, "^GET /api/[a-z]+", "GET /api/{id}")',
                'truncate_all(attributes, 256)',
                'set(status.message, "slow") where attributes["http.response.status_code"] == 500',
              ],
            },
          ],
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
