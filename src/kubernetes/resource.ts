/** A kind of object of the API, such as pods. */
export interface ApiResource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** `pods`, as in URLs and RBAC rules. */
  readonly plural: string;
  /** Verbs used on its objects, for RBAC rules. Default: get, list and watch. */
  readonly verbs?: readonly string[];
}

/** The objects that are wanted of a resource. */
export interface ObjectSelection {
  readonly resource: ApiResource;
  /** '' for all namespaces, and for objects that are in none. */
  readonly namespace: string;
  /** In the API's syntax, such as `app=web,tier!=db`; '' for all. */
  readonly labels: string;
  /** In the API's syntax, such as `spec.nodeName=node-1`; '' for all. */
  readonly fields: string;
}

export const pods: ApiResource = { group: '', version: 'v1', plural: 'pods' };
export const namespaces: ApiResource = { group: '', version: 'v1', plural: 'namespaces' };
export const nodes: ApiResource = { group: '', version: 'v1', plural: 'nodes' };
export const replicaSets: ApiResource = { group: 'apps', version: 'v1', plural: 'replicasets' };
export const deployments: ApiResource = { group: 'apps', version: 'v1', plural: 'deployments' };
export const statefulSets: ApiResource = { group: 'apps', version: 'v1', plural: 'statefulsets' };
export const daemonSets: ApiResource = { group: 'apps', version: 'v1', plural: 'daemonsets' };
/** Read by name. */
export const persistentVolumeClaims: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  verbs: ['get'],
};
export const persistentVolumes: ApiResource = { group: '', version: 'v1', plural: 'persistentvolumes', verbs: ['get'] };
export const events: ApiResource = { group: '', version: 'v1', plural: 'events' };
export const services: ApiResource = { group: '', version: 'v1', plural: 'services' };
export const endpoints: ApiResource = { group: '', version: 'v1', plural: 'endpoints' };
export const ingresses: ApiResource = { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' };
export const jobs: ApiResource = { group: 'batch', version: 'v1', plural: 'jobs' };
/** Read and written, by one name. */
export const leases: ApiResource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  verbs: ['get', 'create', 'update'],
};
export const cronJobs: ApiResource = { group: 'batch', version: 'v1', plural: 'cronjobs' };
export const replicationControllers: ApiResource = { group: '', version: 'v1', plural: 'replicationcontrollers' };
export const resourceQuotas: ApiResource = { group: '', version: 'v1', plural: 'resourcequotas' };
export const horizontalPodAutoscalers: ApiResource = {
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
};
/** Of OpenShift. */
export const clusterResourceQuotas: ApiResource = {
  group: 'quota.openshift.io',
  version: 'v1',
  plural: 'clusterresourcequotas',
};
export const endpointSlices: ApiResource = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };

/** The path of a selection's collection. */
export function collectionPath({ resource, namespace }: Pick<ObjectSelection, 'resource' | 'namespace'>): string {
  const { group, version, plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** One text for equal selections. */
export function selectionKey({ resource, namespace, labels, fields }: ObjectSelection): string {
  return JSON.stringify([resource.group, resource.version, resource.plural, namespace, labels, fields]);
}

/** The path of one object. */
export function objectPath(resource: ApiResource, namespace: string, name: string): string {
  return `${collectionPath({ resource, namespace })}/${encodeURIComponent(name)}`;
}

/** The RBAC rule that lets a service account work with the resource, as YAML for a Role or ClusterRole. */
export function ruleFor({ group, plural, verbs = ['get', 'list', 'watch'] }: ApiResource): string {
  return `- {apiGroups: [${JSON.stringify(group)}], resources: [${plural}], verbs: [${verbs.join(', ')}]}`;
}
