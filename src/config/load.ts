import type {
  ConnectorDefinition,
  ExporterDefinition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/define.js';
import { telemetryConfig } from '../telemetry/config.js';
import { assemble } from './assemble.js';
import type { CheckedConfig, Configured } from './checked.js';
import { checkGraph, checkReferences } from './checks.js';
import { discoverComponents, findNamed, sections, type Components, type Section } from './components.js';
import { expand } from './expand.js';
import { checkExtensionIds } from './extension-checks.js';
import { ConfigError, type Fault } from './fault.js';
import { readGates } from './gates.js';
import { shownUri } from './hidden.js';
import { mergeConfigs, nestKeys } from './merge.js';
import { localWarnings } from './local-endpoints.js';
import { metadataWarnings } from './metadata-checks.js';
import type { ConfigNode, MapNode } from './node.js';
import { checkPipelineIds } from './pipeline-id-checks.js';
import { takeOver } from './older/take-over.js';
import { configLocation, Retrieval, type ConfigEnvironment, type Location } from './providers.js';
import { storageWarnings } from './storage-checks.js';
import { reportTypes } from './types/unused.js';
import { checkUse } from './use-checks.js';

/** The flags of the command line that concern the configuration. */
export interface LoadRequest {
  /** Each `--config`, in order. */
  readonly uris: readonly string[];
  /** Each `--set`, in order; they come after all of `uris`. */
  readonly sets: readonly string[];
  /** Each `--feature-gates`. */
  readonly gates: readonly string[];
}

export interface LoadOptions {
  readonly components?: Components;
  readonly environment?: ConfigEnvironment;
  /** It is to run in a container, in which localhost is reached by nothing outside. Default false. */
  readonly container?: boolean;
  /** False leaves out what is checked after decoding (`print-config --validate=false`). */
  readonly checks?: boolean;
  /**
   * Also checks what only matters to a program that will run on this machine: files that are named, endpoints, options
   * that are not supported. Default false.
   */
  readonly willRun?: boolean;
  /** Ends the load, which rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** The joined content of a configuration's sources, without `${}`. It can be handed to another thread. */
export interface Sources {
  readonly root: ConfigNode;
  readonly faults: readonly Fault[];
  readonly warnings: CheckedConfig['warnings'];
}

const processEnvironment: ConfigEnvironment = { env: process.env, fetch };

/** Reads, merges, expands, decodes and checks a configuration. Rejects with a `ConfigError` that names every fault. */
export async function loadConfig(request: LoadRequest, options: LoadOptions = {}): Promise<CheckedConfig> {
  const sources = await readConfig(request, options);
  if (options.components) return checkConfig(sources, request, options.components, options);
  return checkSources(sources, request, options);
}

/**
 * Decodes and checks what was read with the components that it names. Only for faults, whose advice knows all there
 * are, are all components loaded. Rejects with a `ConfigError` that names every fault.
 */
export async function checkSources(
  sources: Sources,
  request: LoadRequest,
  checks: Pick<LoadOptions, 'checks' | 'willRun' | 'container' | 'environment'> = {},
): Promise<CheckedConfig> {
  const named = await findNamed(typesIn(sources.root));
  if (named) {
    try {
      return checkConfig(sources, request, named, checks);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
  }
  return checkConfig(sources, request, await discoverComponents(), checks);
}

/** The types that a configuration names, well-formed or not. */
function typesIn(root: ConfigNode): Record<Section, ReadonlySet<string>> {
  const typesOf = (section: Section): ReadonlySet<string> => {
    const node = root.kind === 'map' ? root.entries.get(section)?.node : undefined;
    const ids = node?.kind === 'map' ? [...node.entries.keys()] : [];
    return new Set(ids.map((id) => (id.split('/', 1)[0] ?? '').trim()));
  };
  return Object.fromEntries(sections.map((section) => [section, typesOf(section)])) as Record<
    Section,
    ReadonlySet<string>
  >;
}

/** Reads, merges and expands the sources. */
export async function readConfig(request: LoadRequest, options: LoadOptions = {}): Promise<Sources> {
  const { on: gates } = readGates(request.gates);
  if (request.uris.length === 0 && request.sets.length === 0)
    throw new Error('at least one config flag must be provided');
  const retrieval = new Retrieval(options.environment ?? processEnvironment, options.signal);
  const { node: root, faults, warnings } = await expand(await readSources(request, gates, retrieval), retrieval);
  return { root, faults, warnings };
}

/**
 * Merges and expands sources that have been parsed elsewhere, as those in a manifest of Kubernetes. `env` has the
 * variables of the process that will run with them.
 */
export async function readParsed(
  sources: readonly MapNode[],
  env: ConfigEnvironment['env'],
): Promise<Pick<Sources, 'root' | 'faults'>> {
  const [first, ...later] = sources.map(nestKeys);
  if (!first) throw new Error('there is no configuration');
  const merged = later.reduce((earlier, next) => mergeConfigs(earlier, next, { appendLists: false }), first);
  const { node, faults } = await expand(merged, new Retrieval({ ...processEnvironment, env }));
  return { root: node, faults };
}

/** Decodes and checks what was read. Throws a `ConfigError` that names every fault. */
export function checkConfig(
  { root, faults: earlier, warnings }: Sources,
  request: LoadRequest,
  components: Components,
  {
    checks = true,
    willRun = false,
    container = false,
    environment = processEnvironment,
  }: Pick<LoadOptions, 'checks' | 'willRun' | 'container' | 'environment'> = {},
): CheckedConfig {
  const { on: gates, warnings: gateWarnings } = readGates(request.gates);
  if (root.kind !== 'map') throw new ConfigError(earlier);
  const older = takeOver(root);
  const assembled = assemble(older.root, components, { checks });
  const types = reportTypes(assembled, components);
  let faults = earlier.concat(assembled.faults, types.faults);
  let useWarnings: CheckedConfig['warnings'] = [];
  if (checks) {
    faults = faults.concat(
      checkReferences(assembled, gates),
      checkExtensionIds(assembled, components),
      checkPipelineIds(assembled),
    );
    if (willRun) {
      const use = checkUse(assembled, gates, environment.env);
      faults = faults.concat(use.faults);
      useWarnings = use.warnings;
    }
    // Checks of a half-decoded graph would only repeat the faults that are listed already.
    if (faults.length === 0) faults = checkGraph(assembled);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  const { components: made } = assembled;
  return {
    receivers: made.receivers as ReadonlyMap<string, Configured<ReceiverDefinition>>,
    processors: made.processors as ReadonlyMap<string, Configured<ProcessorDefinition>>,
    exporters: made.exporters as ReadonlyMap<string, Configured<ExporterDefinition>>,
    connectors: made.connectors as ReadonlyMap<string, Configured<ConnectorDefinition>>,
    extensions: made.extensions as ReadonlyMap<string, Configured<ExtensionDefinition>>,
    service: {
      extensions: assembled.extensions.map((reference) => reference.id),
      pipelines: assembled.pipelines,
      telemetry: assembled.telemetry ?? telemetryConfig.parse({}),
      shown: assembled.shown,
    },
    gates,
    warnings: [
      ...gateWarnings.map((message) => ({ message })),
      ...warnings,
      ...older.warnings,
      ...assembled.warnings,
      ...types.warnings,
      ...useWarnings,
      ...metadataWarnings(assembled),
      ...storageWarnings(assembled),
      ...(container ? localWarnings(assembled, older.root) : []),
    ],
  };
}

async function readSources(
  { uris, sets }: LoadRequest,
  gates: ReadonlySet<string>,
  retrieval: Retrieval,
): Promise<MapNode> {
  const appendLists = gates.has('confmap.enableMergeAppendOption');
  const locations = [
    ...uris.map((uri) => ({ location: configLocation(uri), name: shownUri(uri) })),
    ...sets.map((set) => ({ location: setLocation(set), name: `--set ${set.replace(/=[^]*/, '=***')}` })),
  ];
  let merged: MapNode | undefined;
  const faults: Fault[] = [];
  for (const { location, name } of locations) {
    try {
      const source = nestKeys(
        await readSource(location, location.scheme === 'file' ? location.opaque : name, retrieval),
      );
      merged = merged ? mergeConfigs(merged, source, { appendLists }) : source;
    } catch (error) {
      if (error instanceof ConfigError) for (const fault of error.faults) faults.push(fault);
      else faults.push({ path: '', message: `cannot retrieve the configuration: ${(error as Error).message}` });
    }
  }
  if (faults.length > 0 || !merged) throw new ConfigError(faults);
  return merged;
}

async function readSource(location: Location, name: string, retrieval: Retrieval): Promise<MapNode> {
  const { node, notYaml } = await retrieval.retrieve(location, name);
  if (notYaml) throw new ConfigError(notYaml);
  if (node.kind === 'map') return node;
  if (node.kind === 'scalar' && node.value === null) return { kind: 'map', place: node.place, entries: new Map() };
  throw new ConfigError([
    {
      path: '',
      message:
        `a configuration must be a map with keys such as receivers and service, not ` +
        (node.kind === 'list' ? 'a list' : 'a single value'),
      place: { ...node.place, length: 1 },
    },
  ]);
}

/** `a.b.c=v` is the source `a::b::c: v`. */
function setLocation(set: string): Location {
  const at = set.indexOf('=');
  if (at < 0) throw new Error(`invalid argument ${JSON.stringify(shownSet(set))} for "--set" flag: missing equal sign`);
  return { scheme: 'yaml', opaque: `${set.slice(0, at).trim().replaceAll('.', '::')}: ${set.slice(at + 1).trim()}` };
}

/** Without what stands behind the first sign that is none of a key: it may be a secret. */
function shownSet(set: string): string {
  return set.replace(/[^\w.-][^]*/, '***');
}
