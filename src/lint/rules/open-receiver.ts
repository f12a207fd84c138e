import { isOpen, isWildcard, listeningOf } from '../model/endpoints.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const openReceiver: Rule = {
  id: 'open-receiver',
  severity: 'warning',
  title: 'A receiver takes data from anyone who reaches it',
  *check({ tiers }) {
    for (const receiver of tiers.flatMap(runningIn)) {
      if (receiver.section !== 'receivers') continue;
      for (const listening of listeningOf(receiver)) {
        const { group, at, host } = listening;
        if (isOpen(listening) && !group.at('tls').isSet && !group.at('auth').isSet)
          yield {
            at,
            message:
              `listens on ${isWildcard(host ?? '') ? 'all addresses' : 'an address that others reach'} ` +
              'without TLS and without authentication',
            remedy:
              'Set `tls` or `auth`; or listen on the address of one network that you trust, and say ' +
              'so in an ignore comment.',
          };
      }
    }
  },
};
