import { addressWithPort, type FoundTargets, type MetaLabels } from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import { objectKey, type ObjectRef, type SdPod } from './objects.js';
import { addContainer } from './pod.js';

/** The pods behind the endpoints of one object, with the ports of each that the endpoints name. */
export class PodPorts {
  readonly #neighbours: Neighbours;
  readonly #seen: Map<string, { readonly pod: SdPod; readonly ports: Set<string> }> = new Map();

  constructor(neighbours: Neighbours) {
    this.#neighbours = neighbours;
  }

  /**
   * Adds the labels of the pod that an endpoint refers to, if there is one, and those of the container that has `port`.
   * `protocol` is that of the endpoint; undefined: that of the container's port.
   */
  add(labels: MetaLabels, ref: ObjectRef | undefined, port: string | undefined, protocol: string | undefined): void {
    const pod = ref?.kind === 'Pod' ? this.#neighbours.pod(ref.namespace, ref.name) : undefined;
    if (!pod) return;
    const key = objectKey(pod.meta);
    let seen = this.#seen.get(key);
    if (!seen) this.#seen.set(key, (seen = { pod, ports: new Set() }));
    this.#neighbours.addPod(labels, pod);
    if (port === undefined) return;
    seen.ports.add(port);
    for (const container of pod.containers) {
      const own = container.ports.find(({ number }) => number === port);
      if (own) addContainer(labels, container, own, protocol);
    }
  }

  /** Targets of the ports that no endpoint named. */
  others(): FoundTargets['targets'] {
    return [...this.#seen.values()].flatMap(({ pod, ports }) =>
      pod.ip === ''
        ? []
        : pod.containers.flatMap((container) =>
            container.ports
              .filter(({ number }) => !ports.has(number))
              .map((port) => {
                const labels: MetaLabels = {};
                addContainer(labels, container, port);
                this.#neighbours.addPod(labels, pod);
                return { address: addressWithPort(pod.ip, port.number), labels };
              }),
          ),
    );
  }
}
