import { delayBefore, senderDelayMs } from '../model/delays.js';
import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';
import { formatDuration } from '../../component/schema/duration.js';

export const decisionWaitTooShort: Rule = {
  id: 'decision-wait-too-short',
  severity: 'warning',
  title: 'Traces are decided before their spans can be there',
  *check(deployment) {
    for (const { component, pipeline, index } of usesIn(deployment, 'processors')) {
      if (component.traits.samples !== 'tail') continue;
      const at = component.config.at('decision_wait');
      const wait = at.durationOr(30_000);
      const delay = delayBefore(deployment, pipeline, index) + senderDelayMs;
      if (wait !== undefined && wait < delay)
        yield {
          at: at.isSet ? at : component,
          message:
            `decides after ${formatDuration(wait)}, but spans may be on their way for ` +
            `${formatDuration(delay)}: SDKs hold them for up to ${formatDuration(senderDelayMs)}, and ` +
            'batching before this adds to it',
          remedy: `Set at least ${formatDuration(delay)} plus the length of your traces.`,
        };
    }
  },
};
