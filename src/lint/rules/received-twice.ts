import type { Pipeline } from '../model/deployment.js';
import type { Rule } from '../rule.js';

export const receivedTwice: Rule = {
  id: 'received-twice',
  severity: 'warning',
  title: 'Two pipelines carry the same data to one exporter',
  *check({ tiers }) {
    for (const { pipelines } of tiers)
      for (const [i, pipeline] of pipelines.entries())
        for (const earlier of pipelines.slice(0, i)) {
          if (earlier.signal !== pipeline.signal || [earlier, pipeline].some(selects)) continue;
          const receiver = shared(earlier, pipeline, 'receivers');
          const exporter = shared(earlier, pipeline, 'exporters');
          if (receiver && exporter)
            yield {
              at: exporter,
              message:
                `gets what ${JSON.stringify(receiver.id)} receives from ${JSON.stringify(earlier.id)} too: ` +
                'all of it arrives twice',
              remedy: 'Let one of the two pipelines have it, or filter what each of them carries.',
            };
        }
  },
};

function selects({ processors }: Pipeline): boolean {
  return processors.some(
    ({ component }) => component?.traits.selects === true || component?.traits.samples !== undefined,
  );
}

/** The component in a list of both, as the second one names it; connectors choose for themselves. */
function shared(
  first: Pipeline,
  second: Pipeline,
  list: 'receivers' | 'exporters',
): Pipeline['receivers'][number] | undefined {
  const ids = new Set(first[list].map(({ id }) => id));
  return second[list].find(({ id, component }) => ids.has(id) && component !== undefined && component.section === list);
}
