import { formatDuration } from '../../component/schema/duration.js';
import { deliveryOf, storageOf } from '../model/delivery.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const storageWithShortRetry: Rule = {
  id: 'storage-with-short-retry',
  severity: 'warning',
  title: 'Data that is kept on disk is dropped after some minutes of retries',
  *check({ tiers }) {
    for (const exporter of tiers.flatMap(runningIn)) {
      const storage = storageOf(exporter);
      const retry = deliveryOf(exporter).at('retry_on_failure');
      const bound = retry.at('max_elapsed_time');
      const limit = bound.durationOr(300_000);
      if (exporter.section !== 'exporters' || !storage.isSet || limit === undefined || limit === 0) continue;
      if (retry.at('enabled').flagOr(true) !== true) continue;
      yield {
        at: bound.isSet ? bound : storage,
        message:
          'keeps data on disk through outages and restarts, and drops each request that was retried for ' +
          `${formatDuration(limit)}, the oldest first`,
        remedy: 'Set `retry_on_failure::max_elapsed_time: 0`: the size of the queue is the bound.',
      };
    }
  },
};
