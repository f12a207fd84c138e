import { runsOf } from '../pods/container-runs.js';
import type { PodAttribute, PodContainer, Pod } from '../pods/pod.js';
import { readImage } from '../../../kubernetes/image.js';
import { ownerNames, type OwnerNames } from './owner-names.js';
import type { RelatedObjects } from './related.js';
import { serviceName, serviceVersion } from './service.js';

/** The rules of `extract` that make attributes of objects. */
export interface Extraction {
  readonly metadata: ReadonlySet<string>;
  readonly deploymentFromReplicaSet: boolean;
}

/** The attributes of a pod, without those of one of its containers. The first of a name counts. */
export function podAttributes(pod: Pod, related: RelatedObjects, extraction: Extraction): PodAttribute[] {
  const { metadata } = extraction;
  const names = ownerNames(pod, related, extraction.deploymentFromReplicaSet);
  const out: PodAttribute[] = [];
  const put = (name: string, value: string | undefined): void => {
    if (metadata.has(name) && value !== undefined && value !== '') out.push([name, value]);
  };
  const node = related.node(pod.node);
  const namespace = related.namespace(pod.namespace);
  put('k8s.pod.name', pod.name);
  put('k8s.pod.uid', pod.uid);
  put('k8s.pod.hostname', pod.hostname);
  put('k8s.pod.ip', pod.address);
  // The Collector names so when the pod was created.
  if (pod.createdSeconds !== undefined)
    put('k8s.pod.start_time', new Date(pod.createdSeconds * 1000).toISOString().replace('.000Z', 'Z'));
  put('k8s.namespace.name', pod.namespace);
  put('k8s.node.name', pod.node);
  put('k8s.node.uid', node?.uid);
  // The namespace is the rule that all agree on, and it is there from the first day on.
  put('k8s.cluster.uid', related.namespace('kube-system')?.uid);
  for (const [kind, owner] of Object.entries(names)) {
    put(`k8s.${kind}.name`, owner?.name);
    put(`k8s.${kind}.uid`, owner?.uid);
  }
  out.push(...pod.tags, ...ownedTags(names, related), ...(namespace?.tags ?? []), ...(node?.tags ?? []));
  put('service.namespace', pod.service?.namespace ?? pod.namespace);
  // With containers, name and version are known when it is known which one.
  if (pod.containers.length === 0) put('service.name', serviceName(pod, names, undefined));
  return out;
}

function ownedTags(names: OwnerNames, related: RelatedObjects): readonly PodAttribute[] {
  return Object.values(names).flatMap((owner) =>
    owner?.uid === undefined ? [] : (related.byUid(owner.uid)?.tags ?? []),
  );
}

/**
 * The attributes of one container: of `run` by the number of its start, or of the latest run where that is undefined.
 */
export function containerAttributes(
  pod: Pod,
  container: PodContainer | undefined,
  run: number | undefined,
  related: RelatedObjects,
  { metadata, deploymentFromReplicaSet }: Extraction,
): PodAttribute[] {
  const out: PodAttribute[] = [];
  const put = (name: string, value: string | readonly string[] | undefined): void => {
    if (metadata.has(name) && value !== undefined && value.length > 0) out.push([name, value]);
  };
  const image = container === undefined || container.image === '' ? undefined : readImage(container.image);
  if (container) {
    const runs = runsOf(pod, container);
    const found = run === undefined ? runs.at(-1) : runs.find(([number]) => number === run);
    put('k8s.container.name', container.name);
    put('container.id', found?.[1]);
    put('container.image.name', image?.name);
    put('container.image.tag', image?.tag);
    put('container.image.tags', image?.tag === undefined ? undefined : [image.tag]);
    put('container.image.repo_digests', container.digests);
    put('service.instance.id', pod.service?.instanceId ?? `${pod.namespace}.${pod.name}.${container.name}`);
  } else put('service.instance.id', pod.service?.instanceId);
  const names = ownerNames(pod, related, deploymentFromReplicaSet);
  put('service.name', serviceName(pod, names, container));
  put('service.version', serviceVersion(pod, image));
  return out;
}
