/** The attributes that `extract::metadata` can name, and what has to be read for them beside pods. */
export const metadataNames = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.pod.hostname',
  'k8s.pod.ip',
  'k8s.pod.start_time',
  'k8s.replicaset.name',
  'k8s.replicaset.uid',
  'k8s.deployment.name',
  'k8s.deployment.uid',
  'k8s.statefulset.name',
  'k8s.statefulset.uid',
  'k8s.daemonset.name',
  'k8s.daemonset.uid',
  'k8s.job.name',
  'k8s.job.uid',
  'k8s.cronjob.name',
  'k8s.cronjob.uid',
  'k8s.node.name',
  'k8s.node.uid',
  'k8s.cluster.uid',
  'k8s.container.name',
  'container.id',
  'container.image.name',
  'container.image.tag',
  'container.image.tags',
  'container.image.repo_digests',
  'service.namespace',
  'service.name',
  'service.version',
  'service.instance.id',
] as const;

export type MetadataName = (typeof metadataNames)[number];

/** Taken when `extract::metadata` is not set. */
export const defaultMetadata: readonly MetadataName[] = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.pod.start_time',
  'k8s.deployment.name',
  'k8s.node.name',
  'container.image.name',
  // The feature gates choose one of these, or both.
  'container.image.tag',
  'container.image.tags',
];
