import { apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import type { Stat } from '../kubelet/summary.js';
import type { Bounds } from '../metrics/readings.js';
import { quantityOf } from './quantity.js';

const unbounded: Bounds = {
  cpuRequest: undefined,
  cpuLimit: undefined,
  memoryRequest: undefined,
  memoryLimit: undefined,
};

interface KnownPod {
  readonly bounds: Bounds;
  readonly containers: ReadonlyMap<string, Bounds>;
  /** By name; '' for a container that does not run yet. */
  readonly containerIds: ReadonlyMap<string, string>;
  readonly volumes: ReadonlyMap<string, ApiJson>;
}

/** The bounds, container IDs and volumes from the kubelet's `/pods`, by UID. */
export class PodList {
  readonly #pods: ReadonlyMap<string, KnownPod>;

  /** Without a document nothing is known. Throws when it is no list of pods. */
  constructor(document?: ApiJson) {
    // A kubelet without pods has a null there.
    if (document !== undefined && apiText(document, 'kind') !== 'PodList' && apiList(document, 'items').length === 0)
      throw new Error('the answer to GET /pods is no list of pods');
    this.#pods = new Map(
      apiList(document, 'items').map((pod) => [apiText(pod, 'metadata', 'uid') ?? '', knownPod(pod)]),
    );
  }

  /** Those of all containers together; undefined where one of them says nothing. */
  boundsOfPod(uid: string): Bounds {
    return this.#pods.get(uid)?.bounds ?? unbounded;
  }

  boundsOfContainer(uid: string, name: string): Bounds {
    return this.#pods.get(uid)?.containers.get(name) ?? unbounded;
  }

  /** Throws when it is not known. */
  containerId(uid: string, name: string): string {
    const id = this.#pods.get(uid)?.containerIds.get(name);
    if (id === undefined) throw new Error(`pod "${uid}" with container "${name}" not found in the fetched metadata`);
    if (id === '') throw new Error(`pod "${uid}" with container "${name}" has an empty containerID`);
    return id;
  }

  /** The volume in the specification of the pod. Throws when it is not known. */
  volume(uid: string, name: string): ApiJson {
    const volume = this.#pods.get(uid)?.volumes.get(name);
    if (volume === undefined) throw new Error(`pod "${uid}" with volume "${name}" not found in the fetched metadata`);
    return volume;
  }
}

function knownPod(pod: ApiJson): KnownPod {
  const containers = apiList(pod, 'spec', 'containers').map((each): readonly [string, Bounds] => [
    apiText(each, 'name') ?? '',
    boundsOf(each),
  ]);
  const all = containers.map(([, bounds]) => bounds);
  const statuses = [...apiList(pod, 'status', 'initContainerStatuses'), ...apiList(pod, 'status', 'containerStatuses')];
  return {
    bounds: {
      cpuRequest: total(all.map(({ cpuRequest }) => cpuRequest)),
      cpuLimit: total(all.map(({ cpuLimit }) => cpuLimit)),
      memoryRequest: total(all.map(({ memoryRequest }) => memoryRequest)),
      memoryLimit: total(all.map(({ memoryLimit }) => memoryLimit)),
    },
    containers: new Map(containers),
    containerIds: new Map(
      statuses.map((each) => [apiText(each, 'name') ?? '', withoutScheme(apiText(each, 'containerID') ?? '')]),
    ),
    volumes: new Map(apiList(pod, 'spec', 'volumes').map((each) => [apiText(each, 'name') ?? '', each])),
  };
}

function boundsOf(container: ApiJson): Bounds {
  const bound = (kind: string, of: string): Stat => {
    const quantity = quantityOf(apiText(container, 'resources', kind, of));
    return quantity === 0 ? undefined : quantity;
  };
  return {
    cpuRequest: bound('requests', 'cpu'),
    cpuLimit: bound('limits', 'cpu'),
    memoryRequest: bound('requests', 'memory'),
    memoryLimit: bound('limits', 'memory'),
  };
}

/** Undefined where one is missing, and without any. */
function total(values: readonly Stat[]): Stat {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum;
}

/** `containerd://abc` is `abc`. */
function withoutScheme(id: string): string {
  return id.trim().replace(/^[\w-]+:\/\//, '');
}
