import { isOpen, listeningOf } from '../model/endpoints.js';
import type { Rule } from '../rule.js';

export const debugPageOpen: Rule = {
  id: 'debug-page-open',
  severity: 'warning',
  title: 'A page for debugging is open to others',
  *check({ tiers }) {
    for (const extension of tiers.flatMap((tier) => tier.extensions)) {
      if (extension.traits.debugs !== true) continue;
      for (const listening of listeningOf(extension))
        if (isOpen(listening))
          yield {
            at: listening.at,
            message:
              'shows the inside of the process, such as its configuration, traces or memory, to all who reach it',
            remedy: 'Listen on localhost, and use `kubectl port-forward` or SSH to look at it.',
          };
    }
  },
};
