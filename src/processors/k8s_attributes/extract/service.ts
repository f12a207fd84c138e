import type { Image } from '../../../kubernetes/image.js';
import type { PodContainer, Pod } from '../pods/pod.js';
import type { OwnerNames } from './owner-names.js';

/** The first of: annotation, labels, workload, pod, container (docs/spec/agent.md#k8s-attributes). */
export function serviceName(pod: Pod, names: OwnerNames, container: PodContainer | undefined): string | undefined {
  const { deployment, replicaset, statefulset, daemonset, cronjob, job } = names;
  const workload = deployment ?? replicaset ?? statefulset ?? daemonset ?? cronjob ?? job;
  return pod.service?.name ?? workload?.name ?? (pod.name || container?.name);
}

/** The first of: annotation, label, tag and digest of the image. */
export function serviceVersion(pod: Pod, image: Image | undefined): string | undefined {
  const given = pod.service?.version;
  if (given !== undefined) return given;
  if (!image) return undefined;
  if (image.tag !== undefined && image.digest !== undefined) return `${image.tag}@${image.digest}`;
  return image.digest ?? image.tag;
}
