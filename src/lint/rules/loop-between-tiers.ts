import { upstreamOf } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const loopBetweenTiers: Rule = {
  id: 'loop-between-tiers',
  severity: 'error',
  title: 'Data that a tier sends comes back to it',
  *check(deployment) {
    const reported = new Set<object>();
    for (const [into, feeds] of deployment.feeds)
      for (const { from, by } of feeds) {
        if (by.kind !== 'edge' || reported.has(by.edge)) continue;
        const comesBack = from === into || upstreamOf(deployment, from).some((passed) => passed.pipeline === into);
        if (!comesBack) continue;
        reported.add(by.edge);
        yield {
          at: by.edge.at,
          message:
            `leads to ${JSON.stringify(by.edge.to.id)} of ${JSON.stringify(by.edge.to.tier.name)}, from ` +
            `where the same ${into.signal} come here: they go round for ever`,
          remedy: 'Send to the tier behind, or to the backend.',
        };
      }
  },
};
