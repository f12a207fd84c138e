import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const limiterNotFirst: Rule = {
  id: 'limiter-not-first',
  severity: 'warning',
  title: 'The memory limiter is not the first processor',
  *check(deployment) {
    for (const { component, pipeline, reference, index } of usesIn(deployment, 'processors'))
      if (component.traits.limits === true && index > 0)
        yield {
          at: reference,
          message:
            `refuses data only after ${JSON.stringify(pipeline.processors[0]?.id)} has worked on it or ` +
            'holds it, and the sender may not learn of it',
          remedy: 'Name it first in `processors`.',
        };
  },
};
