import { splitsOf } from '../model/partition.js';
import type { Rule } from '../rule.js';

export const splitTraces: Rule = {
  id: 'split-traces',
  severity: 'error',
  title: 'Traces are split over instances that need them whole',
  *check(deployment) {
    for (const { use, at, why } of splitsOf(deployment, 'trace')) {
      const { id, tier } = use.component;
      yield {
        at,
        message: `${JSON.stringify(id)} of ${JSON.stringify(tier.name)} needs whole traces, but ${why}`,
        remedy: 'Put `load_balancing` with `routing_key: traceID` in a tier before it.',
      };
    }
  },
};
