import { formatDuration } from '../../component/schema/duration.js';
import { timeoutOf } from '../model/delivery.js';
import { edgesInto, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

/** How long an SDK waits for an answer by default, milliseconds. */
const senderTimeoutMs = 10_000;

export const decisionWaitAboveTimeout: Rule = {
  id: 'decision-wait-above-timeout',
  severity: 'warning',
  title: 'Senders wait for a place longer than they can',
  *check(deployment) {
    for (const { component, pipeline } of usesIn(deployment, 'processors')) {
      const { traits, config } = component;
      const blocking = config.at('block_on_overflow');
      if (traits.samples !== 'tail' || blocking.flagOr(false) !== true) continue;
      // A timeout of 0 is none.
      const timeouts = edgesInto(deployment, pipeline).map(({ edge }) => timeoutOf(edge.from) || Infinity);
      const patience = timeouts.length === 0 ? senderTimeoutMs : Math.min(...timeouts);
      const wait = config.at('decision_wait').durationOr(30_000);
      if (wait !== undefined && wait > patience)
        yield {
          at: blocking,
          message:
            `lets senders wait until a trace is decided, up to ${formatDuration(wait)}, while they give up ` +
            `after ${formatDuration(patience)} and send the same spans again`,
          remedy: 'Raise `num_traces` and leave this out, or give the senders a `timeout` above `decision_wait`.',
        };
    }
  },
};
