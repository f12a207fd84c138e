import { config, grpcTo } from '../lib/config.mjs';

const slow = { type: 'latency', latency: { threshold_ms: 60_000 } };
const checkout = { type: 'string_attribute', string_attribute: { key: 'enduser.id', values: ['nobody', 'somebody'] } };

/**
 * Whole traces held for 10 s and decided by five policies, of which one keeps a tenth of them: 50,000 spans of 750
 * bytes a second.
 */
export const workload = {
  name: 'tail-sampling',
  held: { rate: 50_000, waitSeconds: 10, warmSeconds: 20, seconds: 20, relaySeconds: 10 },
  config: ({ encoding, sinks, ...ports }) =>
    config({
      ...ports,
      processors: {
        tail_sampling: {
          decision_wait: '10s',
          num_traces: 1_000_000,
          policies: [
            { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
            { name: 'slow', ...slow },
            { name: 'checkout', ...checkout },
            { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: 10 } },
            {
              name: 'slow-elsewhere',
              type: 'and',
              and: {
                and_sub_policy: [
                  { name: 'slow', ...slow },
                  { name: 'elsewhere', type: 'not', not: { not_sub_policy: { name: 'checkout', ...checkout } } },
                ],
              },
            },
          ],
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
