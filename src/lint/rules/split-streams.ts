import { splitsOf } from '../model/partition.js';
import type { Rule } from '../rule.js';

export const splitStreams: Rule = {
  id: 'split-streams',
  severity: 'error',
  title: 'Metric streams are split over instances that need them whole',
  *check(deployment) {
    for (const { use, at, why } of splitsOf(deployment, 'stream')) {
      const { id, tier } = use.component;
      yield {
        at,
        message: `${JSON.stringify(id)} of ${JSON.stringify(tier.name)} needs all points of a stream, but ${why}`,
        remedy: 'Route metrics by `streamID`, `resource` or `service` in a tier before it, or run it in the agents.',
      };
    }
  },
};
