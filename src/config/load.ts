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
import { discoverComponents, type Components } from './components.js';
import { expand } from './expand.js';
import { checkExtensionIds } from './extension-checks.js';
import { ConfigError, type Fault } from './fault.js';
import { readGates } from './gates.js';
import { mergeConfigs, nestKeys } from './merge.js';
import type { MapNode } from './node.js';
import { configLocation, retrieve, type ConfigEnvironment } from './providers.js';

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
  /** False leaves out what is checked after decoding (`print-config --validate=false`). */
  readonly checks?: boolean;
}

const processEnvironment: ConfigEnvironment = { env: process.env, fetch };

/** Reads, merges, expands, decodes and checks a configuration. Rejects with a `ConfigError` that names every fault. */
export async function loadConfig(request: LoadRequest, options: LoadOptions = {}): Promise<CheckedConfig> {
  const { on: gates, warnings: gateWarnings } = readGates(request.gates);
  if (request.uris.length === 0 && request.sets.length === 0)
    throw new Error('at least one config flag must be provided');
  const environment = options.environment ?? processEnvironment;
  const [components, merged] = await Promise.all([
    options.components ?? discoverComponents(),
    readSources(request, gates, environment),
  ]);
  const expansion = await expand(merged, environment);
  const faults: Fault[] = [...expansion.faults];
  if (expansion.node.kind !== 'map') throw new ConfigError(faults);
  const checks = options.checks ?? true;
  const assembled = assemble(expansion.node, components, { checks });
  faults.push(...assembled.faults);
  if (checks) {
    faults.push(...checkReferences(assembled, gates), ...checkExtensionIds(assembled, components));
    // Checks of a half-decoded graph would only repeat the faults that are listed already.
    if (faults.length === 0) faults.push(...checkGraph(assembled));
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
    },
    gates,
    warnings: [...gateWarnings.map((message) => ({ message })), ...expansion.warnings, ...assembled.warnings],
  };
}

async function readSources(
  { uris, sets }: LoadRequest,
  gates: ReadonlySet<string>,
  environment: ConfigEnvironment,
): Promise<MapNode> {
  const appendLists = gates.has('confmap.enableMergeAppendOption');
  const locations = [
    ...uris.map((uri) => ({ location: configLocation(uri), name: uri })),
    ...sets.map((set) => ({ location: setLocation(set), name: `--set ${set}` })),
  ];
  let merged: MapNode | undefined;
  const faults: Fault[] = [];
  for (const { location, name } of locations) {
    try {
      const source = await readSource(location, location.scheme === 'file' ? location.opaque : name, environment);
      merged = merged ? mergeConfigs(merged, nestKeys(source), { appendLists }) : nestKeys(source);
    } catch (error) {
      if (error instanceof ConfigError) faults.push(...error.faults);
      else faults.push({ path: '', message: `cannot retrieve the configuration: ${(error as Error).message}` });
    }
  }
  if (faults.length > 0 || !merged) throw new ConfigError(faults);
  return merged;
}

async function readSource(
  location: Parameters<typeof retrieve>[0],
  name: string,
  environment: ConfigEnvironment,
): Promise<MapNode> {
  const { node, notYaml } = await retrieve(location, name, environment);
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
function setLocation(set: string): Parameters<typeof retrieve>[0] {
  const at = set.indexOf('=');
  if (at < 0) throw new Error(`invalid argument ${JSON.stringify(set)} for "--set" flag: missing equal sign`);
  return { scheme: 'yaml', opaque: `${set.slice(0, at).trim().replaceAll('.', '::')}: ${set.slice(at + 1).trim()}` };
}
