import type { ConfigNode, MapNode } from '../node.js';
import { asWritten, changedUnder, derived, listWith, mapUnder, nested, withEntry } from './nodes.js';
import type { ReportOlder } from './take-over.js';

const above = ['service', 'telemetry', 'metrics'];
const exporter = ['pull', 'exporter', 'prometheus'];

/** `service::telemetry::metrics::address` becomes a reader that is scraped there. */
export function metricsAddress(root: MapNode, report: ReportOlder): MapNode {
  const metrics = mapUnder(root, ...above);
  const address = metrics?.entries.get('address');
  if (!metrics || address?.node.kind !== 'scalar' || metrics.entries.has('readers')) return root;
  const { node, keyPlace } = address;
  const parts = typeof node.value === 'string' ? split(node.value) : undefined;
  if (!parts || !/^\d+$/.test(parts.port)) return root;
  const host = derived(node, parts.host === '' ? '0.0.0.0' : parts.host);
  const prometheus: ConfigNode = {
    kind: 'map',
    place: node.place,
    entries: new Map([
      ['host', { keyPlace, node: host }],
      ['port', { keyPlace, node: derived(node, Number(parts.port)) }],
    ]),
  };
  const readers = { keyPlace, node: listWith(nested(exporter, prometheus)) };
  // A value through `${}` is shown as it is written, or not at all.
  const written = split(String(asWritten(node))) ?? { host: '***', port: '***' };
  const shown = {
    host: written.host === '' ? '0.0.0.0' : written.host,
    port: /^\d+$/.test(written.port) ? Number(written.port) : written.port,
  };
  report({
    path: [...above, 'address'].join('::'),
    place: keyPlace,
    message: 'the address is taken over as a reader',
    block: { service: { telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: shown } } }] } } } },
  });
  return changedUnder(root, above, (map) => withEntry(withEntry(map, 'address', undefined), 'readers', readers));
}

/** `host:port`; either may be a `${...}`. */
function split(address: string): { readonly host: string; readonly port: string } | undefined {
  const [, host, port] = /^(.*):(\d{1,5}|\$\{[^{}]*\})$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return undefined;
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}
