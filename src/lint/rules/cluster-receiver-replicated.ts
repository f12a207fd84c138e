import { collecting } from '../model/collecting.js';
import { hasSeveral, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const clusterReceiverReplicated: Rule = {
  id: 'cluster-receiver-replicated',
  severity: 'error',
  title: 'Several instances report the same cluster',
  *check(deployment) {
    for (const receiver of collecting(deployment, 'cluster')) {
      const { replicas } = receiver.tier;
      if (hasSeveral(replicas) && !receiver.config.at('k8s_leader_elector').isSet)
        yield {
          at: receiver,
          message:
            `reports the whole cluster from ${wordsOf(replicas)}: each event and each metric comes once ` +
            'from every one',
          remedy: 'Run it in a tier of one instance, or name a `k8s_leader_elector`.',
        };
    }
  },
};
