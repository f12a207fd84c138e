import { addressWithPort, metaName, setMeta, type FoundTargets, type MetaLabels } from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import type { SdContainer, ContainerPort, SdPod } from './objects.js';

/** Each port of each container of a pod, and each container without ports. */
export function targetsOfPod(pod: SdPod, neighbours: Neighbours): FoundTargets {
  const labels: MetaLabels = {};
  if (pod.ip === '') return { labels, targets: [] };
  // The selector of nodes has left out the nodes of other pods.
  if (neighbours.attached.node && !neighbours.hasNode(pod.nodeName)) return { labels, targets: [] };
  neighbours.addPod(labels, pod);
  labels[metaName('namespace')] = pod.meta.namespace;
  neighbours.addNode(labels, pod.nodeName);
  neighbours.addNamespace(labels, pod.meta.namespace);
  const targets = pod.containers.flatMap((container) => {
    const own: MetaLabels = {};
    setMeta(own, { pod_container_id: container.id });
    if (container.ports.length === 0) {
      addContainer(own, container);
      return [{ address: pod.ip, labels: own }];
    }
    return container.ports.map((port) => {
      const ofPort = { ...own };
      addContainer(ofPort, container, port);
      return { address: addressWithPort(pod.ip, port.number), labels: ofPort };
    });
  });
  return { labels, targets };
}

/** The labels of a container and one of its ports; `protocol` is that of the port unless it is given. */
export function addContainer(
  labels: MetaLabels,
  container: SdContainer,
  port?: ContainerPort,
  protocol: string | undefined = port?.protocol,
): void {
  setMeta(labels, {
    pod_container_name: container.name,
    pod_container_image: container.image,
    pod_container_init: String(container.init),
    pod_container_port_name: port?.name,
    pod_container_port_number: port?.number,
    pod_container_port_protocol: protocol,
  });
}
