import { runningIn } from '../model/flow.js';
import { settingsIn } from '../model/settings-in.js';
import type { Rule } from '../rule.js';

export const tlsNotVerified: Rule = {
  id: 'tls-not-verified',
  severity: 'warning',
  title: 'The certificate of a server is not checked',
  *check({ tiers }) {
    for (const component of tiers.flatMap(runningIn))
      for (const { key, at } of settingsIn(component.config))
        if (key === 'insecure_skip_verify' && at.flagOr(false) === true)
          yield {
            at,
            message: 'takes any certificate: whoever is between can read the data, and answer for the server',
            remedy: 'Name the authority of its certificate as `ca_file`, and take this out.',
          };
  },
};
