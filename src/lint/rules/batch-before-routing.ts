import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const batchBeforeRouting: Rule = {
  id: 'batch-before-routing',
  severity: 'warning',
  title: 'Data is batched, and then cut up by routing',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'processors')) {
      const routed = pipeline.exporters.find((exporter) => exporter.component?.traits.sends === 'routed');
      if (component.traits.batches === true && routed)
        yield {
          at: reference,
          message: `waits to make large batches, which ${JSON.stringify(routed.id)} cuts up for its backends again`,
          remedy: 'Take it out; where the parts are too small, set `protocol::otlp::sending_queue::batch`.',
        };
    }
  },
};
