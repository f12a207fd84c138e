import type { ConfigNode, MapEntry, MapNode } from '../node.js';
import { asWritten, changedUnder, derived, eachUnder, idOf, mapUnder, withEntry } from './nodes.js';
import type { ReportOlder } from './take-over.js';

const older = 'logging';
const current = 'debug';
/** Only the lowest level showed everything; the others wrote a line with counts for each request. */
const verbosities: Readonly<Record<string, string>> = {
  ...{ debug: 'detailed', info: 'basic', warn: 'basic', error: 'basic' },
  ...{ detailed: 'detailed', normal: 'basic', basic: 'basic' },
};

/** `logging` exporters become `debug` exporters that write the same. */
export function loggingExporter(root: MapNode, report: ReportOlder): MapNode {
  const exporters = mapUnder(root, 'exporters');
  if (!exporters) return root;
  const names = new Map<string, string>();
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of exporters.entries) {
    const { node } = entry;
    const id = idOf(key);
    const isPlain = node.kind === 'map' || (node.kind === 'scalar' && node.value === null);
    if (id?.type !== older || !isPlain) {
      entries.set(key, entry);
      continue;
    }
    const free = [current + id.text.slice(older.length), `${current}/${id.text.replace('/', '_')}`];
    const next = free.find((each) => !exporters.entries.has(each) && !entries.has(each)) ?? `${current}/${older}_`;
    const options = node.kind === 'map' ? withVerbosity(node) : node;
    names.set(id.text, next);
    entries.set(next, { ...entry, node: options });
    report({
      path: `exporters::${id.text}`,
      place: entry.keyPlace,
      message: `the ${older} exporter is taken over as ${JSON.stringify(next)}`,
      block: { exporters: { [next]: options.kind === 'map' ? asWritten(options) : {} } },
    });
  }
  if (names.size === 0) return root;
  return renamed(
    changedUnder(root, ['exporters'], (map) => ({ ...map, entries })),
    names,
  );
}

function withVerbosity(options: MapNode): MapNode {
  // Keys had no case then: published ones have `logLevel` too.
  const key = [...options.entries.keys()].find((each) => each.toLowerCase() === 'loglevel') ?? 'loglevel';
  const given = options.entries.get('verbosity') ?? options.entries.get(key);
  const without = withEntry(options, key, undefined);
  if (given?.node.kind !== 'scalar') return without;
  const text = String(given.node.value ?? '');
  const verbosity = verbosities[text.toLowerCase()] ?? text;
  return withEntry(without, 'verbosity', { ...given, node: derived(given.node, verbosity) });
}

/** The exporters of all pipelines by their new names. */
function renamed(root: MapNode, names: ReadonlyMap<string, string>): MapNode {
  return eachUnder(root, ['service', 'pipelines'], (_id, pipeline) => {
    const { node } = pipeline;
    const exporters = node.kind === 'map' ? node.entries.get('exporters') : undefined;
    if (node.kind !== 'map' || exporters?.node.kind !== 'list') return pipeline;
    const items = exporters.node.items.map((item): ConfigNode => {
      const name = item.kind === 'scalar' ? names.get(idOf(item.value)?.text ?? '') : undefined;
      return item.kind === 'scalar' && name !== undefined ? derived(item, name) : item;
    });
    return { ...pipeline, node: withEntry(node, 'exporters', { ...exporters, node: { ...exporters.node, items } }) };
  });
}
