import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const noSamplingPolicy: Rule = {
  id: 'no-sampling-policy',
  severity: 'error',
  title: 'A tail sampler without policies keeps nothing',
  *check(deployment) {
    for (const { component, reference } of usesIn(deployment, 'processors')) {
      const policies = component.config.at('policies');
      if (component.traits.asksPolicies === true && !policies.isUnknown && policies.items().length === 0)
        yield {
          at: reference,
          message: 'has no policies, so that no trace is wanted and all are dropped',
          remedy: 'Write `policies`, or take it out of the pipeline.',
        };
    }
  },
};
