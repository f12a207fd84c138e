import { memoryLimitOf } from '../kubernetes/workload.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

const mib = 2 ** 20;

export const limiterAboveContainer: Rule = {
  id: 'limiter-above-container',
  severity: 'error',
  title: 'The memory limiter allows more than the container has',
  *check({ tiers }) {
    for (const tier of tiers) {
      const container = tier.workload && memoryLimitOf(tier.workload);
      for (const { traits, config } of runningIn(tier)) {
        const at = config.at('limit_mib');
        const limit = at.numberOr(0);
        if (traits.limits === true && container && limit !== undefined && limit > 0 && limit * mib >= container.bytes)
          yield {
            at,
            message:
              `allows ${limit} MiB, and the container is ended at ${Math.floor(container.bytes / mib)} ` +
              'MiB: the limiter never acts',
            remedy: 'Set some 80 % of the limit of the container, or `limit_percentage: 80`.',
          };
      }
    }
  },
};
