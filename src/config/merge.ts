import type { ConfigNode, MapEntry, MapNode } from './node.js';

/** Lists that the gate `confmap.enableMergeAppendOption` appends instead of replacing. */
const appended = /^service::(extensions|.*::?(receivers|exporters)|receivers|exporters)$/;

export interface MergeOptions {
  readonly appendLists: boolean;
}

/**
 * Lays a later source over an earlier one: maps merge, and a value of any other kind, null included, replaces the
 * earlier one (docs/spec/core.md#merge).
 */
export function mergeConfigs(earlier: MapNode, later: MapNode, options: MergeOptions, path = ''): MapNode {
  const entries = new Map<string, MapEntry>(earlier.entries);
  for (const [key, entry] of later.entries) {
    const old = entries.get(key)?.node;
    const here = path === '' ? key : `${path}::${key}`;
    entries.set(
      key,
      old === undefined ? entry : { keyPlace: entry.keyPlace, node: mergeNodes(old, entry.node, options, here) },
    );
  }
  return { ...later, entries };
}

function mergeNodes(earlier: ConfigNode, later: ConfigNode, options: MergeOptions, path: string): ConfigNode {
  if (earlier.kind === 'map' && later.kind === 'map') return mergeConfigs(earlier, later, options, path);
  if (earlier.kind === 'list' && later.kind === 'list' && options.appendLists && appended.test(path)) {
    const seen = new Set<unknown>();
    const items = [...earlier.items, ...later.items].filter((item) => {
      const value = item.kind === 'scalar' ? item.value : item;
      return !seen.has(value) && seen.add(value);
    });
    return { ...later, items };
  }
  return later;
}

/** `a::b: v` means `a: {b: v}`, in maps at any depth that no list encloses. */
export function nestKeys(node: MapNode): MapNode {
  let result: MapNode = { ...node, entries: new Map() };
  for (const [key, entry] of node.entries) {
    const child = entry.node.kind === 'map' ? nestKeys(entry.node) : entry.node;
    const [first = '', ...steps] = key.split('::');
    let value: ConfigNode = child;
    for (const step of steps.toReversed())
      value = {
        kind: 'map',
        place: child.place,
        entries: new Map([[step, { keyPlace: entry.keyPlace, node: value }]]),
      };
    const layer: MapNode = { ...node, entries: new Map([[first, { keyPlace: entry.keyPlace, node: value }]]) };
    result = mergeConfigs(result, layer, { appendLists: false });
  }
  return result;
}
