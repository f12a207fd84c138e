import { collecting } from '../model/collecting.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const hostMetricsOnGateway: Rule = {
  id: 'host-metrics-on-gateway',
  severity: 'error',
  title: 'Metrics of the host are collected on a replicated gateway',
  *check(deployment) {
    for (const receiver of collecting(deployment, 'host')) {
      const { replicas } = receiver.tier;
      if (isReplicated(replicas))
        yield {
          at: receiver,
          message:
            `reads the host that it runs on, in ${wordsOf(replicas)}: hosts with two of them are reported ` +
            'twice, others never',
          remedy: 'Collect it in an agent that runs once on each host (a DaemonSet), and take it out here.',
        };
    }
  },
};
