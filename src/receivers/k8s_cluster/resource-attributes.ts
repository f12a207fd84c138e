import { alike, flag, group, type Schema } from '../../component/schema/schema.js';

/** The attributes of resources, and whether each is there unless switched (docs/spec/agent.md#kubernetes-receivers). */
export const clusterAttributes = {
  'container.id': true,
  'container.image.name': true,
  'container.image.tag': true,
  'container.runtime': false,
  'container.runtime.version': false,
  'k8s.cluster.uid': false,
  'k8s.container.name': true,
  'k8s.container.status.last_terminated_reason': false,
  'k8s.cronjob.name': true,
  'k8s.cronjob.uid': true,
  'k8s.daemonset.name': true,
  'k8s.daemonset.uid': true,
  'k8s.deployment.name': true,
  'k8s.deployment.uid': true,
  'k8s.hpa.name': true,
  'k8s.hpa.scaletargetref.apiversion': false,
  'k8s.hpa.scaletargetref.kind': false,
  'k8s.hpa.scaletargetref.name': false,
  'k8s.hpa.uid': true,
  'k8s.job.name': true,
  'k8s.job.uid': true,
  'k8s.kubelet.version': false,
  'k8s.namespace.name': true,
  'k8s.namespace.uid': true,
  'k8s.node.name': true,
  'k8s.node.uid': true,
  'k8s.persistentvolume.name': true,
  'k8s.persistentvolume.reclaim_policy': false,
  'k8s.persistentvolume.uid': true,
  'k8s.persistentvolumeclaim.name': true,
  'k8s.persistentvolumeclaim.uid': true,
  'k8s.pod.name': true,
  'k8s.pod.qos_class': false,
  'k8s.pod.uid': true,
  'k8s.replicaset.name': true,
  'k8s.replicaset.uid': true,
  'k8s.replicationcontroller.name': true,
  'k8s.replicationcontroller.uid': true,
  'k8s.resourcequota.name': true,
  'k8s.resourcequota.uid': true,
  'k8s.service.name': true,
  'k8s.service.publish_not_ready_addresses': false,
  'k8s.service.traffic_distribution': false,
  'k8s.service.type': true,
  'k8s.service.uid': true,
  'k8s.statefulset.name': true,
  'k8s.statefulset.uid': true,
  'k8s.storageclass.name': true,
  'openshift.clusterquota.name': true,
  'openshift.clusterquota.uid': true,
  'os.description': false,
  'os.type': false,
} as const;

export type ResourceAttribute = keyof typeof clusterAttributes;

export type ClusterAttributeSwitches = Readonly<Record<string, { readonly enabled: boolean }>>;

// One schema for each default, so that tests try it once.
const switches = {
  on: group<{ enabled: boolean }>({
    enabled: flag(true, { about: 'Whether resources have it; the default of each is in the table below.' }),
  }),
  off: group<{ enabled: boolean }>({
    enabled: flag(false, { about: 'Whether resources have it; the default of each is in the table below.' }),
  }),
};

/** The section `resource_attributes`. */
export const attributeSwitches: Schema<ClusterAttributeSwitches> = alike<Record<string, { readonly enabled: boolean }>>(
  Object.fromEntries(
    Object.entries(clusterAttributes).map(([name, isOn]) => [name, isOn ? switches.on : switches.off]),
  ),
  'ATTRIBUTE',
);
