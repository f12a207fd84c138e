import { serviceOf } from '../kubernetes/services.js';
import { destinationsOf } from '../model/endpoints.js';
import type { DeploymentModel } from '../model/deployment.js';
import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const oneAddressToBalance: Rule = {
  id: 'one-address-to-balance',
  severity: 'warning',
  title: 'A load balancer has one address to choose from',
  *check(deployment) {
    const exporters = new Set(usesIn(deployment, 'exporters').map(({ component }) => component));
    for (const exporter of exporters) {
      if (exporter.traits.sends !== 'routed') continue;
      const [only, second] = destinationsOf(exporter);
      if (!only || second) continue;
      if (only.at.path.includes('::static::'))
        yield {
          at: only.at,
          message: 'is the only backend, so that nothing is balanced',
          remedy: 'Name all instances, or a DNS name that has the addresses of all.',
        };
      else if (only.host !== undefined && isVirtual(deployment, only.host))
        yield {
          at: only.at,
          message:
            `${JSON.stringify(only.shown)} is a Service with an address of its own: whatever is routed ` +
            'goes to any pod of it',
          remedy: 'Name a headless Service (`clusterIP: None`), or use the `k8s` resolver.',
        };
    }
  },
};

/** A Service that hides the addresses of its pods. */
function isVirtual({ tiers }: DeploymentModel, host: string): boolean {
  const found = tiers.flatMap(({ workload }) => (workload && serviceOf(workload, host)) ?? []);
  return found.some(({ isHeadless }) => !isHeadless);
}
