import type { CheckedConfig } from '../config/checked.js';
import type { Components } from '../config/components.js';
import { expand } from '../config/expand.js';
import { ConfigError } from '../config/fault.js';
import { checkConfig } from '../config/load.js';
import type { ConfigNode, MapNode } from '../config/node.js';
import type { Place } from '../config/place.js';
import { Retrieval } from '../config/providers.js';
import type { Signal } from '../otlp/signal.js';

/**
 * A configuration with one pipeline, named as its signal, that runs processors in the order in which they are written
 * in `node`. Rejects with a `ConfigError` that names every fault in them.
 */
export async function processorsConfig(
  node: ConfigNode,
  signal: Signal,
  components: Components,
): Promise<CheckedConfig> {
  const { place } = node;
  const map = (entries: Readonly<Record<string, ConfigNode>>): MapNode => ({
    kind: 'map',
    place,
    entries: new Map(Object.entries(entries).map(([key, inner]) => [key, { keyPlace: place, node: inner }])),
  });
  const list = (items: readonly ConfigNode[]): ConfigNode => ({ kind: 'list', place, items });
  const nothing: ConfigNode = { kind: 'scalar', place, value: null, text: '' };
  const ids = node.kind === 'map' ? [...node.entries] : [];
  const pipeline = map({
    receivers: list([nameNode('nop', place)]),
    processors: list(ids.map(([id, { keyPlace }]) => nameNode(id, keyPlace))),
    exporters: list([nameNode('nop', place)]),
  });
  const ends = map({ nop: nothing });
  const root = map({
    receivers: ends,
    processors: node,
    exporters: ends,
    service: map({ pipelines: map({ [signal]: pipeline }) }),
  });
  const expanded = await expand(root, new Retrieval({ env: process.env, fetch }));
  if (expanded.node.kind !== 'map') throw new ConfigError(expanded.faults);
  const none = { uris: [], sets: [], gates: [] };
  return checkConfig({ ...expanded, root: expanded.node }, none, components);
}

function nameNode(text: string, place: Place): ConfigNode {
  return { kind: 'scalar', place, value: text, text };
}
