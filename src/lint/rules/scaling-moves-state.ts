import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const scalingMovesState: Rule = {
  id: 'scaling-moves-state',
  severity: 'info',
  title: 'An autoscaler changes the owners of what is held',
  *check(deployment) {
    const reported = new Set<object>();
    for (const { component } of usesIn(deployment, 'processors', 'exporters')) {
      const scaler = component.tier.workload?.scaledBy;
      if (component.traits.needsWhole === undefined || !scaler || reported.has(scaler)) continue;
      reported.add(scaler);
      yield {
        at: scaler,
        message:
          `changes the number of instances, and with it the owner of some ${component.traits.needsWhole}s ` +
          `of ${JSON.stringify(component.id)}: those are split once at each change`,
        remedy: 'Scale slowly (`behavior`), and by a metric that does not swing; a fixed number is steadiest.',
      };
    }
  },
};
