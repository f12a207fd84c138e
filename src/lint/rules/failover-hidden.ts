import { answersForBackend, deliveryOf } from '../model/delivery.js';
import type { Rule } from '../rule.js';

export const failoverHidden: Rule = {
  id: 'failover-hidden',
  severity: 'warning',
  title: 'A queue hides from a failover that its backend fails',
  *check({ feeds }) {
    const reported = new Set<object>();
    for (const [pipeline, ways] of feeds)
      for (const { by } of ways) {
        if (by.kind !== 'connector' || by.connector.traits.switches !== true) continue;
        for (const { component: exporter } of pipeline.exporters) {
          if (!exporter || exporter.traits.sends === undefined || reported.has(exporter) || answersForBackend(exporter))
            continue;
          reported.add(exporter);
          yield {
            at: deliveryOf(exporter).at('sending_queue'),
            message:
              `${JSON.stringify(exporter.id)} takes everything into its queue, so that ` +
              `${JSON.stringify(by.connector.id)} sees no failure and never goes to the next level`,
            remedy:
              'Set `sending_queue::enabled: false` (or `wait_for_result: true`), and put the queue ' +
              'before the connector.',
          };
        }
      }
  },
};
