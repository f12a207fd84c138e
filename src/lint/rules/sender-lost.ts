import { associatesByConnection } from '../model/association.js';
import { upstreamOf, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const senderLost: Rule = {
  id: 'sender-lost',
  severity: 'error',
  title: 'The sender is looked up behind a processor that puts requests together',
  *check(deployment) {
    for (const { component, pipeline, reference, index } of usesIn(deployment, 'processors')) {
      if (!associatesByConnection(component)) continue;
      const own = upstreamOf(deployment, pipeline).filter((passed) => passed.pipeline.tier === pipeline.tier);
      const earlier = [...pipeline.processors.slice(0, index), ...own.flatMap((passed) => passed.pipeline.processors)];
      const regrouping = earlier.find((each) => each.component?.traits.regroups === true);
      if (regrouping)
        yield {
          at: reference,
          message:
            `comes after ${JSON.stringify(regrouping.id)}, whose batches are of many senders: there is no ` +
            'connection to look up',
          remedy: `Put it before ${JSON.stringify(regrouping.id)}.`,
        };
    }
  },
};
