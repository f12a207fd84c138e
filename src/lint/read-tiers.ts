import { sections } from '../config/components.js';
import { ConfigError, type Fault } from '../config/fault.js';
import { readConfig, readParsed, type Sources } from '../config/load.js';
import type { Source } from '../config/place.js';
import { configLocation, Retrieval } from '../config/providers.js';
import { isManifest, readManifests, type ConfiguredWorkload } from './kubernetes/manifests.js';
import type { TierInput } from './model/build.js';
import type { Replicas } from './model/replicas.js';

/** A tier as the command line names it, or a file with manifests of Kubernetes, which name their tiers themselves. */
export interface TierRequest {
  /** Undefined: that of its first file. */
  readonly name: string | undefined;
  /** Merged in this order, as those of `--config`. */
  readonly uris: readonly string[];
}

export interface LintRequest {
  /** In the order of the data's way. */
  readonly tiers: readonly TierRequest[];
  /** By the name of the tier; goes before what manifests say. */
  readonly replicas: ReadonlyMap<string, Replicas>;
  /** Variables for `${env:...}`; in a manifest those of its container count. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ReadTiers {
  readonly inputs: readonly TierInput[];
  /** Parts that could not be read here, and are taken as unknown. */
  readonly unread: readonly Fault[];
}

/** Reads all tiers. Rejects with a `ConfigError` when one cannot be read. */
export async function readTiers({ tiers, replicas, env }: LintRequest): Promise<ReadTiers> {
  const retrieval = new Retrieval({ env, fetch });
  const manifests = await Promise.all(tiers.map((tier) => manifestOf(tier, retrieval)));
  const { workloads, faults } = readManifests(manifests.flatMap((source) => source ?? []));
  if (faults.length > 0) throw new ConfigError(faults);
  const unread: Fault[] = [];
  const inputs: TierInput[] = [];
  const add = (
    name: string,
    { root, faults: found }: Pick<Sources, 'root' | 'faults'>,
    each?: ConfiguredWorkload,
  ): void => {
    if (inputs.some((input) => input.name === name))
      throw new Error(`two tiers are named ${JSON.stringify(name)}: give them names by --tier NAME=FILE`);
    for (const fault of found) unread.push(fault);
    const counted = replicas.get(name) ?? each?.workload.replicas ?? { kind: 'unknown' };
    if (root.kind !== 'map' || !topKeys.some((key) => root.entries.has(key)))
      throw new Error(`${JSON.stringify(name)} is no configuration: it has none of ${topKeys.join(', ')}`);
    inputs.push({ name, root, replicas: counted, workload: each?.workload });
  };
  for (const [i, { name: given, uris }] of tiers.entries()) {
    const manifest = manifests[i];
    if (manifest) {
      for (const each of workloads)
        if (each.configs.length > 0 && each.workload.spec.place.source === manifest)
          add(each.workload.name, await readParsed(each.configs, each.env), each);
      continue;
    }
    const name = given ?? nameOf(uris[0] ?? '');
    // A manifest beside the configuration may say how many instances there are.
    const beside = workloads.find(({ workload, configs }) => workload.name === name && configs.length === 0);
    add(name, await readConfig({ uris, sets: [], gates: [] }, { environment: { env, fetch } }), beside);
  }
  if (inputs.length === 0) throw new Error('the manifests hold no configuration of a Collector or of Kanmon');
  for (const name of replicas.keys())
    if (!inputs.some((input) => input.name === name))
      throw new Error(
        `there is no tier ${JSON.stringify(name)}: tiers are ` +
          inputs.map((input) => JSON.stringify(input.name)).join(', '),
      );
  return { inputs, unread };
}

const topKeys = [...sections, 'service'];

/** The text of a file that has manifests. */
async function manifestOf({ name, uris }: TierRequest, retrieval: Retrieval): Promise<Source | undefined> {
  const [uri] = uris;
  if (uri === undefined || name !== undefined || uris.length > 1) return undefined;
  const location = configLocation(uri);
  if (location.scheme !== 'file') return undefined;
  // The loader reports files that cannot be read.
  const { node } = await retrieval.retrieve(location, location.opaque).catch(() => ({ node: undefined }));
  const source = node?.place.source;
  return source && isManifest(source.text) ? source : undefined;
}

/** `gateway` of `deploy/gateway.yaml`. */
function nameOf(uri: string): string {
  return uri.replace(/^.*[/\\]/, '').replace(/\.(?:ya?ml|json)$/, '') || uri;
}
