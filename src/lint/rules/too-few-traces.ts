import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const tooFewTraces: Rule = {
  id: 'too-few-traces',
  severity: 'warning',
  title: 'A tail sampler has no room for the traces that it expects',
  *check(deployment) {
    for (const { traits, config } of new Set(usesIn(deployment, 'processors').map(({ component }) => component))) {
      if (traits.samples !== 'tail') continue;
      const at = config.at('num_traces');
      const [room, wait] = [at.numberOr(50_000), config.at('decision_wait').durationOr(30_000)];
      const rate = config.at('expected_new_traces_per_sec').numberOr(0);
      if (room === undefined || wait === undefined || rate === undefined) continue;
      const needed = Math.ceil((rate * wait) / 1000);
      if (needed > room)
        yield {
          at: at.isSet ? at : config.at('expected_new_traces_per_sec'),
          message:
            `has room for ${room} traces, but ${rate} a second for ${wait / 1000} s are ${needed}: the ` +
            'oldest leave before their time',
          remedy: `Set \`num_traces\` to ${needed} or more, or a shorter \`decision_wait\`.`,
        };
    }
  },
};
