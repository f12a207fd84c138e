import { maxDepth, maxValues } from './bounds.js';
import { ConfigError } from './fault.js';
import type { ConfigNode, MapEntry, MapNode } from './node.js';
import { tooMuch } from './yaml/parse.js';

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

/**
 * `a::b: v` means `a: {b: v}`, in maps at any depth that no list encloses. Throws a `ConfigError` when that makes more
 * levels or values than a configuration may have.
 */
export function nestKeys(node: MapNode): MapNode {
  return new Nesting().nested(node, 0);
}

class Nesting {
  #values = 0;

  /** The maps of the result are its own, so that later keys are laid into them in place. */
  nested(node: MapNode, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    for (const [key, { keyPlace, node: value }] of node.entries) {
      const steps = key.split('::');
      const below = depth + steps.length;
      if (below > maxDepth || (this.#values += steps.length) > maxValues)
        throw new ConfigError([{ path: '', message: tooMuch, place: keyPlace }]);
      let child = value.kind === 'map' ? this.nested(value, below) : value;
      for (const step of steps.slice(1).toReversed())
        child = { kind: 'map', place: value.place, entries: new Map([[step, { keyPlace, node: child }]]) };
      lay(entries, steps[0] ?? '', { keyPlace, node: child });
    }
    return { ...node, entries };
  }
}

/** Lays an entry over what is there; maps merge. */
function lay(entries: Map<string, MapEntry>, key: string, entry: MapEntry): void {
  const old = entries.get(key)?.node;
  if (old?.kind !== 'map' || entry.node.kind !== 'map') {
    entries.set(key, entry);
    return;
  }
  const into = old.entries as Map<string, MapEntry>;
  for (const [name, below] of entry.node.entries) lay(into, name, below);
  entries.set(key, { keyPlace: entry.keyPlace, node: { ...entry.node, entries: into } });
}
