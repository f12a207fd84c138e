import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const routedRetryFromZero: Rule = {
  id: 'routed-retry-from-zero',
  severity: 'warning',
  title: 'Retries of a load balancer have no defaults',
  *check(deployment) {
    for (const { traits, config } of new Set(usesIn(deployment, 'exporters').map(({ component }) => component))) {
      const retry = config.at('retry_on_failure');
      const keys = ['initial_interval', 'max_elapsed_time'];
      if (
        traits.sends === 'routed' &&
        retry.at('enabled').flagOr(false) === true &&
        !keys.every((key) => retry.at(key).isSet)
      )
        yield {
          at: retry,
          message:
            'has no defaults in the Collector: it repeats the whole request at once and without end, ' +
            'also to the backends that took their part',
          remedy:
            'Leave it out, as each backend retries by `protocol::otlp::retry_on_failure`; or write ' +
            '`initial_interval`, ' +
            '`max_interval` and `max_elapsed_time`.',
        };
    }
  },
};
