import { containerPort, servedPorts } from '../model/served.js';
import type { Rule } from '../rule.js';

export const probeNotAnswered: Rule = {
  id: 'probe-not-answered',
  severity: 'error',
  title: 'A probe asks a port that nothing opens',
  *check({ tiers }) {
    for (const tier of tiers) {
      const container = tier.workload?.container;
      const served = servedPorts(tier);
      if (!container || !served) continue;
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const at = container.at(probe, 'httpGet', 'port');
        const port = containerPort(tier, at);
        if (port !== undefined && !served.has(port))
          yield {
            at,
            message:
              `asks port ${port}, which the configuration does not open: the pod never becomes ready, or ` +
              'is restarted for ever',
            remedy: 'List the `health_check` extension in `service::extensions`, with this port on `0.0.0.0`.',
          };
      }
    }
  },
};
