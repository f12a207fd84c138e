import { hasIdentity } from '../model/identity.js';
import { usesIn } from '../model/flow.js';
import { hasSeveral, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const writersWithoutIdentity: Rule = {
  id: 'writers-without-identity',
  severity: 'error',
  title: 'Several instances write the same cumulative series',
  *check(deployment) {
    const connectors = new Set(usesIn(deployment, 'exporters').map(({ component }) => component));
    for (const connector of connectors) {
      const { traits, tier } = connector;
      // Data that must be whole by service is for another rule, which knows how it is routed.
      const isOwn =
        traits.makes === 'cumulative' && traits.needsWhole !== 'service' && connector.section === 'connectors';
      if (isOwn && hasSeveral(tier.replicas) && !hasIdentity(deployment, connector))
        yield {
          at: connector,
          message:
            `makes totals in ${wordsOf(tier.replicas)}, all under the same names and attributes: the ` +
            'backend sees one series jump between them',
          remedy:
            'Give each instance an attribute: `collector_instance_id: ${env:POD_NAME}`, or a ' +
            '`resource` processor behind ' +
            'it that sets `service.instance.id`.',
        };
    }
  },
};
