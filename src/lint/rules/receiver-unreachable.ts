import { hostMatches, portNamed } from '../kubernetes/services.js';
import type { DeploymentModel, Tier } from '../model/deployment.js';
import { isLoopback, listeningOf, splitHostPort, type OpenedServer } from '../model/endpoints.js';
import { runningIn } from '../model/flow.js';
import type { Rule } from '../rule.js';

export const receiverUnreachable: Rule = {
  id: 'receiver-unreachable',
  severity: 'error',
  title: 'A receiver listens where its senders cannot reach it',
  *check(deployment) {
    for (const tier of deployment.tiers)
      for (const receiver of runningIn(tier)) {
        if (receiver.section !== 'receivers') continue;
        for (const listening of listeningOf(receiver)) {
          if (listening.host === undefined || !isLoopback(listening.host)) continue;
          const who = senderTo(deployment, tier, listening) ?? serviceTo(tier, listening);
          if (who !== undefined)
            yield {
              at: listening.at.isSet ? listening.at : listening.group,
              message: `listens on localhost alone, but ${who}`,
              remedy:
                `Write \`endpoint: 0.0.0.0:${listening.port ?? ''}\`, or the address of the pod: ` +
                `\`\${env:POD_IP}:${listening.port ?? ''}\`.`,
            };
        }
      }
  },
};

/** A tier that sends to this one by its name. */
function senderTo({ edges }: DeploymentModel, tier: Tier, { port }: OpenedServer): string | undefined {
  const found = edges.find(({ from, to, at }) => {
    const destination = splitHostPort(at.textOr('') ?? '');
    const { host } = destination;
    const isNamed = host !== undefined && host !== '' && !isLoopback(host) && hostMatches(tier, host);
    return to.tier === tier && from.tier !== tier && isNamed && (destination.port ?? port) === port;
  });
  return found && `${JSON.stringify(found.from.id)} of ${JSON.stringify(found.from.tier.name)} sends to it by name`;
}

/** A Service that leads to the port. */
function serviceTo({ workload }: Tier, { port }: OpenedServer): string | undefined {
  const found = workload?.services.find(({ ports }) =>
    ports.some((each) => (each.target === undefined ? each.port : portNamed(workload, String(each.target))) === port),
  );
  return found && `the Service ${JSON.stringify(found.name)} leads to its port`;
}
