import type { Component, Tier } from '../model/deployment.js';
import { usesIn } from '../model/flow.js';
import { routingKeyFor } from '../model/partition.js';
import type { Rule } from '../rule.js';

export const ringsDiffer: Rule = {
  id: 'rings-differ',
  severity: 'error',
  title: 'Exporters that route to one tier know its instances by different names',
  *check(deployment) {
    const first = new Map<string, { readonly exporter: Component; readonly ring: string }>();
    const reported = new Set<Component>();
    for (const { component: exporter, pipeline } of usesIn(deployment, 'exporters')) {
      if (exporter.traits.sends !== 'routed') continue;
      const ring = ringOf(exporter);
      const targets = new Set(deployment.edges.filter(({ from }) => from === exporter).map(({ to }) => to.tier));
      for (const tier of targets) {
        const key = keyOf(tier, pipeline.signal, routingKeyFor(exporter, pipeline.signal));
        const before = first.get(key);
        if (ring === undefined || !before) {
          if (ring !== undefined) first.set(key, { exporter, ring });
        } else if (before.ring !== ring && !reported.has(exporter)) {
          reported.add(exporter);
          yield {
            at: exporter.config.at('resolver'),
            message:
              `its ring differs from that of ${JSON.stringify(before.exporter.id)} in ` +
              `${JSON.stringify(before.exporter.tier.name)}, so that the same ${pipeline.signal} go to ` +
              'two instances of ' +
              JSON.stringify(tier.name),
            remedy: 'Write the same resolver in both: the text of each address counts, with its port or without.',
          };
        }
      }
    }
  },
};

function keyOf(tier: Tier, signal: string, routingKey: string | undefined): string {
  return `${tier.index} ${signal} ${routingKey}`;
}

/** The names on the ring, or how they are found; undefined when that cannot be known. */
function ringOf({ config }: Component): string | undefined {
  const resolver = config.at('resolver');
  const [fixed, dns] = [resolver.at('static', 'hostnames'), resolver.at('dns')];
  if (fixed.isSet) {
    const items = fixed.items();
    const names = items.flatMap((item) => item.textOr(undefined) ?? []);
    return names.length < items.length ? undefined : `static ${names.toSorted().join(' ')}`;
  }
  if (!dns.isSet) return undefined;
  const [name, port] = [dns.at('hostname').textOr(undefined), dns.at('port').textOr('')];
  return name === undefined || port === undefined ? undefined : `dns ${name} ${port}`;
}
