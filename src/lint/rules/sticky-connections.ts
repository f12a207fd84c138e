import { serviceOf } from '../kubernetes/services.js';
import { listeningOf, splitHostPort, isLoopback } from '../model/endpoints.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';

export const stickyConnections: Rule = {
  id: 'sticky-connections',
  severity: 'warning',
  title: 'A gRPC connection stays with the instance that took it',
  *check({ edges }) {
    for (const { from, to, at, isRouted } of edges) {
      const { replicas, workload } = to.tier;
      if (isRouted || from.traits.sends !== 'otlp/grpc' || !isReplicated(replicas)) continue;
      const { host } = splitHostPort(at.textOr('') ?? '');
      if (host !== undefined && (isLoopback(host) || (workload && serviceOf(workload, host)?.isHeadless === true)))
        continue;
      const servers = listeningOf(to).filter(({ server }) => server.speaks === 'otlp/grpc');
      const ages = servers.map(({ group }) => group.at('keepalive', 'server_parameters', 'max_connection_age'));
      if (ages.every((age) => !age.isSet))
        yield {
          at: servers[0]?.group ?? to,
          message:
            `${JSON.stringify(from.id)} of ${JSON.stringify(from.tier.name)} keeps one connection to one of ` +
            `${wordsOf(replicas)}: an instance that is added gets nothing from senders that are there already`,
          remedy: 'Set `keepalive::server_parameters::max_connection_age`, such as 5m, so that senders connect anew.',
        };
    }
  },
};
