import { credentialsOf, plainTextOf, remoteHostsOf } from '../model/delivery.js';
import { isPrivate } from '../model/endpoints.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const plainTextOutside: Rule = {
  id: 'plain-text-outside',
  severity: 'warning',
  title: 'Data is sent to a public name without TLS',
  *check({ tiers }) {
    for (const exporter of tiers.flatMap(runningIn)) {
      if (exporter.section !== 'exporters' || credentialsOf(exporter)) continue;
      const at = plainTextOf(exporter);
      const host = remoteHostsOf(exporter).find((each) => !isPrivate(each));
      if (at && host !== undefined)
        yield {
          at,
          message: `sends in plain text to ${host}, which does not look like a name of one private network`,
          remedy: 'Use TLS; where the network is private, say so in an ignore comment.',
        };
    }
  },
};
