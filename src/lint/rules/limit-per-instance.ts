import { usesIn } from '../model/flow.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';
import type { Setting } from '../setting.js';

export const limitPerInstance: Rule = {
  id: 'limit-per-instance',
  severity: 'info',
  title: 'A rate limit of a policy is that of each instance',
  *check(deployment) {
    for (const { traits, config, tier } of new Set(
      usesIn(deployment, 'processors').map(({ component }) => component),
    )) {
      if (traits.asksPolicies !== true || !isReplicated(tier.replicas)) continue;
      for (const { at, unit } of config.at('policies').items().flatMap(limitsOf))
        yield {
          at,
          message: `allows ${at.shown()} ${unit} per second in each of ${wordsOf(tier.replicas)}, not together`,
          remedy: 'Divide what the backend may get by the number of instances.',
        };
    }
  },
};

const limits = [
  ['rate_limiting', 'spans_per_second', 'spans'],
  ['bytes_limiting', 'bytes_per_second', 'bytes'],
  ['composite', 'max_total_spans_per_second', 'spans'],
] as const;

function limitsOf(policy: Setting): { readonly at: Setting; readonly unit: string }[] {
  return limits.flatMap(([type, key, unit]) => {
    const at = policy.at(type, key);
    return policy.at('type').textOr('') === type && at.isSet ? [{ at, unit }] : [];
  });
}
