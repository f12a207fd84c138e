import { isOpen, listeningOf } from '../model/endpoints.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const authWithoutTls: Rule = {
  id: 'auth-without-tls',
  severity: 'error',
  title: 'Credentials are received in plain text',
  *check({ tiers }) {
    for (const receiver of tiers.flatMap(runningIn)) {
      if (receiver.section !== 'receivers') continue;
      for (const listening of listeningOf(receiver)) {
        const auth = listening.group.at('auth');
        if (isOpen(listening) && auth.isSet && !listening.group.at('tls').isSet)
          yield {
            at: auth,
            message: 'asks senders for credentials on a port without TLS: who sees the traffic can use them',
            remedy: 'Set `tls` beside it.',
          };
      }
    }
  },
};
