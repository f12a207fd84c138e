import { isBehindTier, receiversInto, usesIn } from '../model/flow.js';
import { isReplicated } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const detectionBehindHop: Rule = {
  id: 'detection-behind-hop',
  severity: 'error',
  title: "The gateway's host is detected for what other hosts have sent",
  *check(deployment) {
    for (const { component, pipeline, reference } of usesIn(deployment, 'processors')) {
      const { tier, traits, config } = component;
      const isGateway = isReplicated(tier.replicas) || isBehindTier(deployment, tier);
      const isSent = receiversInto(deployment, pipeline).some((receiver) => receiver.traits.servers !== undefined);
      const looks = config
        .at('detectors')
        .items()
        .some((detector) => detector.textOr('env') !== 'env');
      if (traits.detects === true && isGateway && isSent && looks && config.at('override').flagOr(true) === true)
        yield {
          at: reference,
          message:
            'overwrites attributes such as `host.name` of all that comes over the network with those of the gateway',
          remedy: 'Detect in the agents, next to the programs. To fill gaps only, set `override: false`.',
        };
    }
  },
};
