import { apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import {
  cronJobs,
  daemonSets,
  deployments,
  horizontalPodAutoscalers,
  jobs,
  namespaces,
  nodes,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
  type ApiResource,
} from '../../../kubernetes/resource.js';
import { snakeCase } from '../kinds/snake-case.js';
import { claims, volumes } from '../kinds/volumes.js';
import {
  entityOwners,
  momentOf,
  putEntries,
  putOwner,
  putText,
  type EntityAttributes,
  type EntityKind,
} from './entity.js';
import { podEntities } from './pods.js';

/** Writes the attributes of an object. */
type Describe = (attributes: EntityAttributes, object: ApiJson) => void;

/** Each object is one entity. `word`: that of its type and attributes. */
function kind(resource: ApiResource, isNamespaced: boolean, word: string, describe: Describe): EntityKind {
  return {
    resource,
    isNamespaced,
    read(uid, object) {
      const attributes: EntityAttributes = new Map();
      if (isNamespaced) putText(attributes, 'k8s.namespace.name', apiText(object, 'metadata', 'namespace'));
      describe(attributes, object);
      const entities = [{ type: `k8s.${word}`, idKey: `k8s.${word}.uid`, id: uid, attributes }];
      return () => entities;
    },
  };
}

function workload(resource: ApiResource, name: string, describe: Describe = () => {}): EntityKind {
  const word = name.toLowerCase();
  return kind(resource, true, word, (attributes, object) => {
    putEntries(attributes, '', object, 'metadata', 'labels');
    attributes.set('k8s.workload.kind', name);
    putText(attributes, 'k8s.workload.name', nameOf(object));
    putText(attributes, `k8s.${word}.name`, nameOf(object));
    attributes.set(`${word}.creation_timestamp`, createdAt(object));
    for (const owner of entityOwners(object)) putOwner(attributes, owner);
    describe(attributes, object);
  });
}

const nameOf = (object: ApiJson): string | undefined => apiText(object, 'metadata', 'name');
const createdAt = (object: ApiJson): string => momentOf(apiText(object, 'metadata', 'creationTimestamp'));

/** Attributes that have the word of the kind in their names. */
function described(attributes: EntityAttributes, object: ApiJson, word: string): void {
  putText(attributes, `k8s.${word}.name`, nameOf(object));
  attributes.set(`k8s.${word}.creation_timestamp`, createdAt(object));
}

function labelled(attributes: EntityAttributes, object: ApiJson, word: string): void {
  described(attributes, object, word);
  putEntries(attributes, `k8s.${word}.label.`, object, 'metadata', 'labels');
  putEntries(attributes, `k8s.${word}.annotation.`, object, 'metadata', 'annotations');
}

/** All kinds whose objects are entities. */
export const entityKinds: readonly EntityKind[] = [
  podEntities,
  workload(deployments, 'Deployment'),
  workload(replicaSets, 'ReplicaSet'),
  workload(replicationControllers, 'ReplicationController'),
  workload(daemonSets, 'DaemonSet'),
  workload(statefulSets, 'StatefulSet', (attributes, object) => {
    putText(attributes, 'current_revision', apiText(object, 'status', 'currentRevision'));
    putText(attributes, 'update_revision', apiText(object, 'status', 'updateRevision'));
  }),
  workload(jobs, 'Job'),
  workload(cronJobs, 'CronJob', (attributes, object) => {
    putText(attributes, 'schedule', apiText(object, 'spec', 'schedule'));
    putText(attributes, 'concurrency_policy', apiText(object, 'spec', 'concurrencyPolicy'));
  }),
  workload(horizontalPodAutoscalers, 'HPA'),
  kind(nodes, false, 'node', (attributes, object) => {
    putEntries(attributes, '', object, 'metadata', 'labels');
    putText(attributes, 'k8s.node.name', nameOf(object));
    attributes.set('node.creation_timestamp', createdAt(object));
    for (const condition of apiList(object, 'status', 'conditions')) {
      const type = apiText(condition, 'type') ?? '';
      if (type !== '')
        putText(attributes, `k8s.node.condition_${snakeCase(type)}`, apiText(condition, 'status')?.toLowerCase());
    }
  }),
  kind(namespaces, false, 'namespace', (attributes, object) => {
    described(attributes, object, 'namespace');
    putText(attributes, 'k8s.namespace.phase', apiText(object, 'status', 'phase')?.toLowerCase());
  }),
  kind(services, true, 'service', (attributes, object) => {
    labelled(attributes, object, 'service');
    putEntries(attributes, 'k8s.service.selector.', object, 'spec', 'selector');
  }),
  kind(claims, true, 'persistentvolumeclaim', (attributes, object) => {
    labelled(attributes, object, 'persistentvolumeclaim');
    putText(attributes, 'k8s.persistentvolume.name', apiText(object, 'spec', 'volumeName'));
  }),
  kind(volumes, false, 'persistentvolume', (attributes, object) => labelled(attributes, object, 'persistentvolume')),
];
