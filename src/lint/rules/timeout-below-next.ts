import { formatDuration } from '../../component/schema/duration.js';
import type { Component, Pipeline } from '../model/deployment.js';
import { answersForBackend, deliveryOf, timeoutOf } from '../model/delivery.js';
import type { Rule } from '../rule.js';

export const timeoutBelowNext: Rule = {
  id: 'timeout-below-next',
  severity: 'warning',
  title: 'A sender gives up before the next tier does',
  *check({ feeds }) {
    const reported = new Set<object>();
    for (const [into, ways] of feeds)
      for (const { by } of ways) {
        if (by.kind !== 'edge' || reported.has(by.edge)) continue;
        const { from, to } = by.edge;
        const patience = timeoutOf(from);
        const slow = slowestOf(into);
        if (patience === undefined || patience === 0 || !slow || patience >= slow.ms) continue;
        reported.add(by.edge);
        const at = deliveryOf(from).at('timeout');
        yield {
          at: at.isSet ? at : from,
          message:
            `gives up after ${formatDuration(patience)}, while ${JSON.stringify(slow.exporter.id)} of ` +
            `${JSON.stringify(to.tier.name)} may take ${formatDuration(slow.ms)} for its backend, and the ` +
            'sender is answered after that: the same data is sent again',
          remedy: 'Give each tier a longer `timeout` than the one behind it.',
        };
      }
  },
};

/** The exporter for which senders wait longest. */
function slowestOf({ exporters }: Pipeline): { readonly exporter: Component; readonly ms: number } | undefined {
  const waited = exporters.flatMap(({ component: exporter }) => {
    if (exporter?.traits.sends === undefined || !answersForBackend(exporter)) return [];
    const ms = timeoutOf(exporter);
    return ms === undefined ? [] : { exporter, ms };
  });
  return waited.toSorted((a, b) => b.ms - a.ms)[0];
}
