import { storageOf } from '../model/delivery.js';
import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const batchBeforeStorage: Rule = {
  id: 'batch-before-storage',
  severity: 'warning',
  title: 'A batch in memory stands before a queue on disk',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'processors')) {
      const kept = pipeline.exporters.find((exporter) => exporter.component && storageOf(exporter.component).isSet);
      if (component.traits.batches === true && kept)
        yield {
          at: reference,
          message:
            'answers senders while their data is in memory alone: a crash loses it before ' +
            `${JSON.stringify(kept.id)} has it on disk`,
          remedy: 'Take it out, and batch by `sending_queue::batch` of the exporter.',
        };
    }
  },
};
