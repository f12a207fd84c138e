import { deliveryOf, storageOf } from '../model/delivery.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const retryWithoutBound: Rule = {
  id: 'retry-without-bound',
  severity: 'warning',
  title: 'Retries without end in front of a queue in memory',
  *check({ tiers }) {
    for (const exporter of tiers.flatMap(runningIn)) {
      if (exporter.section !== 'exporters') continue;
      const retry = deliveryOf(exporter).at('retry_on_failure');
      const bound = retry.at('max_elapsed_time');
      const isEndless = bound.durationOr(300_000) === 0 && retry.at('enabled').flagOr(true) === true;
      if (isEndless && !storageOf(exporter).isSet)
        yield {
          at: bound,
          message:
            'retries for ever: while the backend is away the queue in memory fills, new data is refused, ' +
            'and a restart loses all of it',
          remedy: 'Set the outage that you want to survive, or keep the queue on disk by `sending_queue::storage`.',
        };
    }
  },
};
