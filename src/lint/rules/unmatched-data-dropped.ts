import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const unmatchedDataDropped: Rule = {
  id: 'unmatched-data-dropped',
  severity: 'warning',
  title: 'Data that no row of a routing table wants is dropped',
  *check({ tiers }) {
    for (const connector of tiers.flatMap(runningIn))
      if (connector.traits.tabulates === true && !connector.config.at('default_pipelines').isSet)
        yield {
          at: connector,
          message: 'drops, without an error, what no condition of its `table` matches',
          remedy: 'Name `default_pipelines`; a pipeline to `nop` says that the rest is not wanted.',
        };
  },
};
