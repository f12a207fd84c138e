import type { ConfigNode, MapNode } from '../node.js';
import { asWritten, changedUnder, eachUnder, idOf, mapUnder, withEntry } from './nodes.js';
import type { ReportOlder } from './take-over.js';

const isBallast = (id: unknown): boolean => idOf(id)?.type === 'memory_ballast';

/** `memory_ballast` extensions, and the option of `memory_limiter` that knows their size, go: nothing needs them. */
export function memoryBallast(root: MapNode, report: ReportOlder): MapNode {
  return withoutSize(withoutExtension(root, report), report);
}

function withoutExtension(root: MapNode, report: ReportOlder): MapNode {
  const found = [...(mapUnder(root, 'extensions')?.entries ?? [])].filter(([id]) => isBallast(id));
  if (found.length === 0) return root;
  const list = mapUnder(root, 'service')?.entries.get('extensions');
  const items = list?.node.kind === 'list' ? list.node.items.filter((item) => !namesBallast(item)) : [];
  for (const [id, { keyPlace }] of found)
    report({
      path: `extensions::${id.trim()}`,
      place: keyPlace,
      message: 'the memory_ballast extension is left out: Kanmon needs none, and bounds its memory itself',
      block: { service: { extensions: items.map(asWritten) } },
    });
  const rest = eachUnder(root, ['extensions'], (id, entry) => (isBallast(id) ? undefined : entry));
  if (list?.node.kind !== 'list') return rest;
  const kept = { ...list, node: { ...list.node, items } };
  return changedUnder(rest, ['service'], (map) => withEntry(map, 'extensions', kept));
}

function namesBallast(item: ConfigNode): boolean {
  return item.kind === 'scalar' && isBallast(item.value);
}

function withoutSize(root: MapNode, report: ReportOlder): MapNode {
  return eachUnder(root, ['processors'], (id, entry) => {
    const { node } = entry;
    const size = node.kind === 'map' ? node.entries.get('ballast_size_mib') : undefined;
    if (node.kind !== 'map' || !size || idOf(id)?.type !== 'memory_limiter') return entry;
    const kept = withEntry(node, 'ballast_size_mib', undefined);
    report({
      path: `processors::${id.trim()}::ballast_size_mib`,
      place: size.keyPlace,
      message: 'the size of a ballast is left out: there is none',
      block: { processors: { [id.trim()]: asWritten(kept) } },
    });
    return { ...entry, node: kept };
  });
}
