import type { MapNode } from '../node.js';
import { asWritten, derived, eachUnder, idOf, withEntry } from './nodes.js';
import type { ReportOlder } from './take-over.js';

/** `health_check::port` becomes an `endpoint` on all addresses, where it listened. */
export function healthPort(root: MapNode, report: ReportOlder): MapNode {
  return eachUnder(root, ['extensions'], (id, entry) => {
    const { node } = entry;
    if (node.kind !== 'map' || idOf(id)?.type !== 'health_check' || node.entries.has('endpoint')) return entry;
    const port = node.entries.get('port');
    const given = port?.node.kind === 'scalar' ? port.node : undefined;
    if (!port || !given || !isPort(String(given.value))) return entry;
    const endpoint = { ...port, node: derived(given, `0.0.0.0:${String(given.value)}`) };
    const shown = `0.0.0.0:${String(asWritten(given))}`;
    report({
      path: `extensions::${id.trim()}::port`,
      place: port.keyPlace,
      message: 'the port is taken over as an endpoint on all addresses',
      block: { extensions: { [id.trim()]: { endpoint: shown } } },
    });
    return { ...entry, node: withEntry(withEntry(node, 'port', undefined), 'endpoint', endpoint) };
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
