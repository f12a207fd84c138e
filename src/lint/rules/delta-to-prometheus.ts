import type { Component, DeploymentModel, Pipeline } from '../model/deployment.js';
import { usesIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const deltaToPrometheus: Rule = {
  id: 'delta-to-prometheus',
  severity: 'error',
  title: 'Deltas are sent to a backend that takes totals',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'exporters')) {
      if (component.traits.speaks !== 'prometheus' || component.traits.sends === undefined) continue;
      const maker = deltaMakerBefore(deployment, pipeline);
      if (maker)
        yield {
          at: reference,
          message: `drops the deltas that ${JSON.stringify(maker.id)} makes: Prometheus has totals only`,
          remedy: 'Put `delta_to_cumulative` before it, or let the maker write totals.',
        };
    }
  },
};

/** The last component that decides the temporality, when it makes deltas. */
function deltaMakerBefore({ feeds }: DeploymentModel, pipeline: Pipeline): Component | undefined {
  const last = pipeline.processors.findLast(({ component }) => component?.traits.makes !== undefined)?.component;
  if (last) return makesDeltas(last) ? last : undefined;
  const connectors = (feeds.get(pipeline) ?? []).flatMap(({ by }) => (by.kind === 'connector' ? by.connector : []));
  return connectors.find(makesDeltas);
}

function makesDeltas({ traits, config }: Component): boolean {
  if (traits.makes === undefined) return false;
  const temporality = config.at('aggregation_temporality').textOr('') ?? '';
  return temporality === '' ? traits.makes === 'delta' : temporality.toUpperCase().endsWith('DELTA');
}
