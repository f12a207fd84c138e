import { associatesByConnection } from '../model/association.js';
import { edgesInto, upstreamOf, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const senderBehindHop: Rule = {
  id: 'sender-behind-hop',
  severity: 'error',
  title: 'Pods are looked up by the address of another tier',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'processors')) {
      if (!associatesByConnection(component)) continue;
      const [way] = edgesInto(deployment, pipeline);
      const before = upstreamOf(deployment, pipeline).flatMap((passed) => passed.pipeline.processors);
      const isKnown = before.some((earlier) => earlier.component?.traits.looksUpSender === true);
      if (way && !isKnown)
        yield {
          at: reference,
          message:
            `looks pods up by the connection, which comes from ${JSON.stringify(way.edge.from.tier.name)}: ` +
            "everything gets the attributes of that tier's pods",
          remedy:
            'Run it in the first tier, or there with `passthrough: true`, which notes the address; ' +
            'here associate by `resource_attribute` `k8s.pod.ip` or `k8s.pod.uid`.',
        };
    }
  },
};
