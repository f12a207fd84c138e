import { isOpen, listeningOf } from '../model/endpoints.js';
import type { Rule } from '../rule.js';

export const limiterMissing: Rule = {
  id: 'limiter-missing',
  severity: 'warning',
  title: 'A pipeline that others send to has no memory limiter',
  *check({ tiers }) {
    for (const { pipelines, extensions } of tiers) {
      if (extensions.some(({ traits }) => traits.limits === true)) continue;
      for (const pipeline of pipelines) {
        const isReached = pipeline.receivers.some(
          ({ component }) =>
            component?.section === 'receivers' &&
            listeningOf(component).some((each) => each.host === undefined || isOpen(each)),
        );
        if (isReached && pipeline.processors.every(({ component }) => component?.traits.limits !== true))
          yield {
            at: pipeline,
            message:
              'takes data from other machines without a `memory_limiter`: a burst ends the process in ' +
              'place of being refused',
            remedy: 'Configure `memory_limiter` and name it first in `processors`.',
          };
      }
    }
  },
};
