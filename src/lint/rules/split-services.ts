import { hasIdentity } from '../model/identity.js';
import { splitsOf } from '../model/partition.js';
import type { Rule } from '../rule.js';

export const splitServices: Rule = {
  id: 'split-services',
  severity: 'error',
  title: 'The items of a service are counted in several instances',
  *check(deployment) {
    for (const { use, at, why } of splitsOf(deployment, 'service')) {
      const { component } = use;
      const isLeftOut = component.config
        .at('exclude_dimensions')
        .items()
        .some((item) => item.textOr('') === instanceId);
      if (!isLeftOut && hasIdentity(deployment, component)) continue;
      yield {
        at,
        message:
          `${JSON.stringify(component.id)} of ${JSON.stringify(component.tier.name)} counts each ` +
          `service, but ${why}: ` +
          (isLeftOut ? 'all of them write the same series' : 'each start makes series of its own, under a random ID'),
        remedy:
          'Route by `routing_key: service`; or give each instance a name that stays, by `collector_instance_id` or a ' +
          '`resource` processor behind it, and sum over it.',
      };
    }
  },
};

/** The dimension that tells instances apart. */
const instanceId = 'collector.instance.id';
