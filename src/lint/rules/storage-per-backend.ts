import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const storagePerBackend: Rule = {
  id: 'storage-per-backend',
  severity: 'error',
  title: 'The queues of all backends share one place on disk',
  *check(deployment) {
    for (const { traits, config } of new Set(usesIn(deployment, 'exporters').map(({ component }) => component))) {
      const storage = config.at('protocol', 'otlp', 'sending_queue', 'storage');
      if (traits.sends === 'routed' && storage.isSet)
        yield {
          at: storage,
          message: 'gives the queues of all backends the same name in the storage: they overwrite each other',
          remedy: 'Set `storage` in the `sending_queue` of the exporter itself, beside `protocol`.',
        };
    }
  },
};
