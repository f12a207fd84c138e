import { associatesByConnection, namesWritersBySender } from '../model/association.js';
import type { Component } from '../model/deployment.js';
import { upstreamOf, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const senderLost: Rule = {
  id: 'sender-lost',
  severity: 'error',
  title: 'The sender is looked up behind a processor that puts requests together',
  *check(deployment) {
    for (const { component, pipeline, reference, index } of usesIn(deployment, 'processors')) {
      const lost = lostBy(component);
      if (lost === undefined) continue;
      const own = upstreamOf(deployment, pipeline).filter((passed) => passed.pipeline.tier === pipeline.tier);
      const earlier = [...pipeline.processors.slice(0, index), ...own.flatMap((passed) => passed.pipeline.processors)];
      const regrouping = earlier.find((each) => each.component?.traits.regroups === true);
      if (regrouping)
        yield {
          at: reference,
          message: `comes after ${JSON.stringify(regrouping.id)}, whose batches are of many senders: ${lost}`,
          remedy: `Put it before ${JSON.stringify(regrouping.id)}.`,
        };
    }
  },
};

/** The effect of requests without a sender on a component; undefined when it has none. */
function lostBy(component: Component): string | undefined {
  if (associatesByConnection(component)) return 'there is no connection to look up';
  return namesWritersBySender(component) ? 'all points seem to be of one writer' : undefined;
}
