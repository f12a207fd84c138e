import type { Component, Pipeline } from '../model/deployment.js';
import { upstreamOf, usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const metricsAfterSampling: Rule = {
  id: 'metrics-after-sampling',
  severity: 'error',
  title: 'Items are counted after they were sampled',
  *check(deployment) {
    for (const { component: connector, pipeline, reference } of usesIn(deployment, 'exporters')) {
      if (connector.traits.counts !== true) continue;
      const way = [pipeline, ...upstreamOf(deployment, pipeline).map((passed) => passed.pipeline)];
      const sampler = way
        .filter(({ signal }) => signal === pipeline.signal)
        .flatMap(samplersIn)
        .find((each) => !isAdjusted(connector, each));
      if (sampler)
        yield {
          at: reference,
          message:
            `counts what ${JSON.stringify(sampler.id)} of ${JSON.stringify(sampler.tier.name)} has left: ` +
            'rates are too low, and what is kept for its errors or its length too frequent',
          remedy: 'Count in a pipeline before the sampler, of the same receiver or fed by a `forward` connector.',
        };
    }
  },
};

function samplersIn({ processors }: Pipeline): Component[] {
  return processors.flatMap(({ component }) => (component?.traits.samples === undefined ? [] : component));
}

/** Each item that is left is counted for all that it stands for. */
function isAdjusted(connector: Component, { traits, config }: Component): boolean {
  const mode = config.at('mode').textOr('');
  const writes = traits.samples === 'head' && (mode === 'proportional' || mode === 'equalizing');
  return connector.traits.adjusts === true && writes;
}
