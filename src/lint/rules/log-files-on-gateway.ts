import { collecting } from '../model/collecting.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const logFilesOnGateway: Rule = {
  id: 'log-files-on-gateway',
  severity: 'error',
  title: 'Log files are read on a replicated gateway',
  *check(deployment) {
    for (const receiver of collecting(deployment, 'files')) {
      const { replicas } = receiver.tier;
      if (isReplicated(replicas))
        yield {
          at: receiver,
          message:
            `reads files of the host that it runs on, in ${wordsOf(replicas)}: two on one host send each ` +
            'line twice, and hosts without one are not read',
          remedy: 'Read them in an agent that runs once on each host (a DaemonSet), and take it out here.',
        };
    }
  },
};
