import { parseId, type ComponentId } from '../ids.js';
import type { ConfigNode, ListNode, MapEntry, MapNode, ScalarNode } from '../node.js';

/** The map under some keys, one below the other. */
export function mapUnder(root: MapNode, ...keys: readonly string[]): MapNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const key of keys) node = node?.kind === 'map' ? node.entries.get(key)?.node : undefined;
  return node?.kind === 'map' ? node : undefined;
}

/** A copy in which `change` has been done to the map under `keys`; all of them are there. */
export function changedUnder(root: MapNode, keys: readonly string[], change: (map: MapNode) => MapNode): MapNode {
  const [key, ...below] = keys;
  if (key === undefined) return change(root);
  const entry = root.entries.get(key);
  if (entry?.node.kind !== 'map') return root;
  return withEntry(root, key, { ...entry, node: changedUnder(entry.node, below, change) });
}

/** A copy with another entry in its place; undefined takes it out. */
export function withEntry(map: MapNode, key: string, entry: MapEntry | undefined): MapNode {
  const entries = new Map(map.entries);
  if (entry) entries.set(key, entry);
  else entries.delete(key);
  return { ...map, entries };
}

/** A copy in which `change` has made each entry of the map under `keys` another one, or none. */
export function eachUnder(
  root: MapNode,
  keys: readonly string[],
  change: (key: string, entry: MapEntry) => MapEntry | undefined,
): MapNode {
  return changedUnder(root, keys, (map) => {
    const entries = new Map<string, MapEntry>();
    for (const [key, entry] of map.entries) {
      const changed = change(key, entry);
      if (changed) entries.set(key, changed);
    }
    return { ...map, entries };
  });
}

/** A value that stands for one of the file, with its place and its origin. */
export function derived(from: ScalarNode, value: string | number): ScalarNode {
  const text = String(value);
  const through = from.through ?? (from.from && [from.from.original]);
  return {
    ...{ kind: 'scalar', place: from.place, value, text, unset: from.unset },
    ...(from.from && { from: { origin: from.from.origin, original: text } }),
    ...(through && { through }),
  };
}

/** Maps one below the other, around a node. */
export function nested(keys: readonly string[], node: ConfigNode): ConfigNode {
  return keys.reduceRight<ConfigNode>((below, key) => {
    const entries = new Map([[key, { keyPlace: node.place, node: below }]]);
    return { kind: 'map', place: node.place, entries };
  }, node);
}

export function listWith(item: ConfigNode): ListNode {
  return { kind: 'list', place: item.place, items: [item] };
}

/** A value as its source has it: `${...}` is not replaced, so that it can be shown. */
export function asWritten(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.from?.origin ?? (node.through ? (node.written?.text ?? '***') : node.value);
    case 'list':
      return node.from?.origin ?? node.items.map(asWritten);
    case 'map':
      return (
        node.from?.origin ??
        Object.fromEntries([...node.entries].map(([key, { node: below }]) => [key, asWritten(below)]))
      );
    case 'hole':
      return undefined;
  }
}

/** The ID that a key or a name in a list is, if it is one. */
export function idOf(text: unknown): ComponentId | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parseId(text);
  } catch {
    return undefined;
  }
}
