import { upstreamOf, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const sampledTwice: Rule = {
  id: 'sampled-twice',
  severity: 'warning',
  title: 'Traces are sampled before a tail sampler sees them',
  *check(deployment) {
    const reported = new Set<object>();
    for (const { component, pipeline, index } of usesIn(deployment, 'processors')) {
      if (component.traits.samples !== 'tail') continue;
      const earlier = [
        ...pipeline.processors.slice(0, index),
        ...upstreamOf(deployment, pipeline).flatMap((passed) => passed.pipeline.processors),
      ];
      for (const { component: sampler, place, path } of earlier) {
        if (sampler?.traits.samples === undefined || reported.has(sampler)) continue;
        reported.add(sampler);
        yield {
          at: { place, path },
          message:
            `leaves traces out before ${JSON.stringify(component.id)} can find errors in them, and its ` +
            'shares are shares of the rest',
          remedy:
            'Sample once, in the tail sampler: its `probabilistic` policy takes a share of what no other policy wants.',
        };
      }
    }
  },
};
