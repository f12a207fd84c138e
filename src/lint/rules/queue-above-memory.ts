import { memoryLimitOf } from '../kubernetes/workload.js';
import { deliveryOf, storageOf } from '../model/delivery.js';
import type { Tier } from '../model/deployment.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

const mib = 2 ** 20;

export const queueAboveMemory: Rule = {
  id: 'queue-above-memory',
  severity: 'warning',
  title: 'A queue in memory may become larger than the memory',
  *check({ tiers }) {
    for (const tier of tiers) {
      const memory = memoryOf(tier);
      if (memory === undefined) continue;
      for (const exporter of runningIn(tier)) {
        const queue = deliveryOf(exporter).at('sending_queue');
        const size = queue.at('queue_size');
        const isBytes = exporter.section === 'exporters' && queue.at('sizer').textOr('') === 'bytes';
        const bytes = size.numberOr(0);
        if (isBytes && bytes !== undefined && bytes > memory && !storageOf(exporter).isSet)
          yield {
            at: size,
            message:
              `holds up to ${Math.round(bytes / mib)} MiB in memory, of which there are ` +
              `${Math.round(memory / mib)} MiB`,
            remedy: 'Make it smaller than what the memory limiter allows, or keep it on disk by `storage`.',
          };
      }
    }
  },
};

/** The memory that an instance may use, bytes. */
function memoryOf(tier: Tier): number | undefined {
  const limits = runningIn(tier).flatMap(({ traits, config }) => {
    const limit = traits.limits === true ? config.at('limit_mib').numberOr(0) : 0;
    return limit === undefined || limit === 0 ? [] : limit * mib;
  });
  const container = tier.workload && memoryLimitOf(tier.workload);
  const all = container ? [...limits, container.bytes] : limits;
  return all.length === 0 ? undefined : Math.min(...all);
}
