import { portNamed } from '../kubernetes/services.js';
import { servedPorts } from '../model/served.js';
import type { Rule } from '../rule.js';

export const portNotServed: Rule = {
  id: 'port-not-served',
  severity: 'error',
  title: 'A Service leads to a port that nothing opens',
  *check({ tiers }) {
    for (const tier of tiers) {
      const { workload } = tier;
      const served = servedPorts(tier);
      if (!workload || !served) continue;
      for (const { name, ports } of workload.services)
        for (const { port, target, at } of ports) {
          const number = target === undefined ? port : portNamed(workload, String(target));
          if (number !== undefined && !served.has(number))
            yield {
              at: target === undefined ? at.at('port') : at.at('targetPort'),
              message:
                `the Service ${JSON.stringify(name)} leads to port ${number}, which the configuration of ` +
                `${JSON.stringify(tier.name)} does not open`,
              remedy: 'Configure a receiver or an extension that listens there and use it, or take the port out.',
            };
        }
    }
  },
};
