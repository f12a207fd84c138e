import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const unusedComponent: Rule = {
  id: 'unused-component',
  severity: 'warning',
  title: 'A component is configured that nothing uses',
  *check({ tiers }) {
    for (const tier of tiers) {
      const running = new Set(runningIn(tier));
      for (const component of tier.components)
        if (!running.has(component))
          yield {
            at: component,
            message:
              component.section === 'extensions'
                ? 'is not listed in `service::extensions`, so that it never runs'
                : 'is named by no pipeline, so that it never runs',
            remedy: 'Name it where it belongs, or take it out.',
          };
    }
  },
};
