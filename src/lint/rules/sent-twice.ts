import { destinationsOf } from '../model/endpoints.js';
import type { Component } from '../model/deployment.js';
import type { Rule } from '../rule.js';
import { asWritten } from '../../config/older/nodes.js';

export const sentTwice: Rule = {
  id: 'sent-twice',
  severity: 'warning',
  title: 'Two exporters of a pipeline send to one backend',
  *check({ tiers }) {
    for (const { exporters } of tiers.flatMap((tier) => tier.pipelines)) {
      const seen = new Map<string, Component>();
      for (const { component, place, path } of exporters) {
        const key = component && backendOf(component);
        if (!component || key === undefined) continue;
        const first = seen.get(key);
        if (first && first !== component)
          yield {
            at: { place, path },
            message: `sends to the same backend as ${JSON.stringify(first.id)}: it gets all data twice`,
            remedy: 'Take one of the two out of the pipeline.',
          };
        seen.set(key, first ?? component);
      }
    }
  },
};

/** The backend, and as whom it is spoken to; undefined when that cannot be known. */
function backendOf(exporter: Component): string | undefined {
  const destinations = destinationsOf(exporter);
  const texts = destinations.flatMap(({ at }) => at.textOr(undefined) ?? []);
  if (texts.length === 0 || texts.length < destinations.length) return undefined;
  const as = ['headers', 'auth'].map((key) => {
    const { node } = exporter.config.at(key);
    return node && asWritten(node);
  });
  return JSON.stringify([exporter.traits.sends, texts.toSorted(), as]);
}
