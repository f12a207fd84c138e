import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const detailedDebug: Rule = {
  id: 'detailed-debug',
  severity: 'warning',
  title: 'All data is written to the log',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'exporters')) {
      const verbosity = component.config.at('verbosity').textOr('basic');
      const isBeside = pipeline.exporters.some((exporter) => exporter.component?.traits.prints !== true);
      if (component.traits.prints === true && verbosity === 'detailed' && isBeside)
        yield {
          at: reference,
          message:
            'writes every item with all of its attributes to the log, beside what is exported: slow, and often private',
          remedy: 'Take it out of the pipeline, or set `verbosity: basic`.',
        };
    }
  },
};
