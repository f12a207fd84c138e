import type { CancelSignal } from '../../component/cancellation.js';
import type { AccessConfig } from '../../kubernetes/access/access.js';
import { Cluster, type ClusterContext, type ObjectReading } from '../../kubernetes/cluster.js';
import { apiText, apiValue, type ApiJson } from '../../kubernetes/json.js';
import { nodes, persistentVolumeClaims, persistentVolumes } from '../../kubernetes/resource.js';
import type { NodeCapacity } from './metrics/readings.js';
import { quantityOf } from './pods/quantity.js';
import { attributesOfSource, type VolumeAttributes } from './pods/volume-source.js';

/** Volumes that are remembered: those that are gone make room at the next scrape. */
const mostVolumes = 10_000;

/** The facts from the API server about the node and claims (`k8s_api_config`). */
export class ClusterFacts {
  readonly #cluster: Cluster;
  readonly #reading: ObjectReading | undefined;
  readonly #volumes: Map<string, VolumeAttributes> = new Map();
  #capacity: NodeCapacity = { cpu: undefined, memory: undefined };

  /** `node`: the node whose capacity is wanted; '' for none. Throws `AccessError`. */
  constructor(access: AccessConfig, node: string, context: ClusterContext, env: NodeJS.ProcessEnv = process.env) {
    this.#cluster = new Cluster(access, context, env);
    if (node === '') return;
    const set = (object: ApiJson): void => {
      this.#capacity = {
        cpu: quantityOf(apiText(object, 'status', 'capacity', 'cpu')),
        memory: quantityOf(apiText(object, 'status', 'capacity', 'memory')),
      };
    };
    this.#reading = this.#cluster.read(
      { resource: nodes, namespace: '', labels: '', fields: `metadata.name=${node}` },
      {
        upsert: (_uid, object) => set(object),
        remove: () => set(undefined),
        synced: () => {},
        failed: (error) => context.logger.warn('Failed to read the node', { node, error: error.message }),
      },
    );
  }

  get capacity(): NodeCapacity {
    return this.#capacity;
  }

  /** The attributes of the volume that is bound to a claim. Rejects when it cannot be read, or is not bound. */
  async volumeOf(namespace: string, claim: string, signal: CancelSignal): Promise<VolumeAttributes> {
    const key = `${namespace}/${claim}`;
    const known = this.#volumes.get(key);
    if (known) return known;
    const { client } = this.#cluster;
    const found = await client.object(persistentVolumeClaims, namespace, claim, signal);
    if (found === undefined) throw new Error(`PersistentVolumeClaim ${key} does not exist`);
    const name = apiText(found, 'spec', 'volumeName') ?? '';
    if (name === '') throw new Error(`PersistentVolumeClaim ${claim} does not have a volume name`);
    const volume = await client.object(persistentVolumes, '', name, signal);
    if (volume === undefined) throw new Error(`PersistentVolume ${name} does not exist`);
    const attributes = attributesOfSource(apiValue(volume, 'spec'));
    if (this.#volumes.size >= mostVolumes) this.#volumes.clear();
    this.#volumes.set(key, attributes);
    return attributes;
  }

  async close(): Promise<void> {
    await this.#reading?.release();
    await this.#cluster.close();
  }
}
