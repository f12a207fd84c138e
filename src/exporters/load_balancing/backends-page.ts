import type { SignalContext } from '../../component/define.js';
import { table, type Page } from '../../component/page.js';
import { withPort } from './backends.js';
import type { Resolver } from './resolver/resolver.js';

/** Which backends the exporter has now. `endpoints` are those of the ring. */
export function backendsPage(
  { id, signal, clock }: SignalContext,
  resolver: Resolver,
  endpoints: () => readonly string[],
): Page {
  return {
    path: `exporter/${id}/${signal}/backends`,
    title: `Backends of ${id} for ${signal}`,
    about: `the backends of the exporter ${id} for ${signal}`,
    content() {
      const { name, confirmedAt } = resolver;
      const list = endpoints().map((endpoint) => ({ endpoint, address: withPort(endpoint) }));
      const ageMs = confirmedAt === undefined ? undefined : clock.now() - confirmedAt;
      const age = ageMs === undefined ? '' : `, confirmed ${(ageMs / 1000).toFixed(1)} s ago`;
      return {
        blocks: [
          { kind: 'text', text: `Resolver ${name}: ${list.length} endpoints${age}` },
          table(
            ['Endpoint', 'Address'],
            list.map(({ endpoint, address }) => [endpoint, address]),
          ),
        ],
        json: { resolver: name, age_seconds: ageMs === undefined ? null : ageMs / 1000, endpoints: list },
      };
    },
  };
}
