import { credentialsOf, plainTextOf, remoteHostsOf } from '../model/delivery.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const credentialsWithoutTls: Rule = {
  id: 'credentials-without-tls',
  severity: 'error',
  title: 'Credentials are sent in plain text',
  *check({ tiers }) {
    for (const exporter of tiers.flatMap(runningIn)) {
      if (exporter.section !== 'exporters') continue;
      const at = plainTextOf(exporter);
      const credentials = credentialsOf(exporter);
      if (at && credentials && remoteHostsOf(exporter).length > 0)
        yield {
          at: credentials,
          message: 'goes over the network with each request, without TLS',
          remedy: `Send over TLS: change \`${at.path.split('::').slice(2).join('::')}\`.`,
        };
    }
  },
};
