import { edgesInto, ownWay, usesIn } from '../model/flow.js';
import { setsIdentity } from '../model/identity.js';
import { keepsWhole } from '../model/partition.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const targetInfoWriters: Rule = {
  id: 'target-info-writers',
  severity: 'warning',
  title: 'Several instances write `target_info` of the same resource',
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'exporters')) {
      const { traits, config, tier } = component;
      const isWriter = traits.speaks === 'prometheus' && traits.sends !== undefined && isReplicated(tier.replicas);
      if (!isWriter || config.at('target_info', 'enabled').flagOr(true) !== true || setsIdentity(pipeline)) continue;
      // Metrics made of other signals have one writer or not by how these are routed, which is for other rules.
      const ways = edgesInto(deployment, pipeline).filter(({ from }) => from.signal === pipeline.signal);
      const isSent = ownWay(deployment, pipeline).some(
        ({ signal, receivers }) =>
          signal === pipeline.signal && receivers.some((each) => each.component?.traits.servers),
      );
      const isWhole = ways.every(({ edge, from }) => edge.isRouted && keepsWhole(edge.from, from.signal, 'resource'));
      if (isSent && (ways.length === 0 || !isWhole))
        yield {
          at: reference,
          message:
            `writes \`target_info\` of a resource from ${wordsOf(tier.replicas)}: Prometheus refuses ` +
            'samples that come out of order, and with them the whole request',
          remedy: 'Route metrics by `resource` or `service` to this tier, or set `target_info::enabled: false`.',
        };
    }
  },
};
