import { readImage } from '../../../kubernetes/image.js';
import { apiList, apiText, apiTexts, apiValue, type ApiJson } from '../../../kubernetes/json.js';
import { pods } from '../../../kubernetes/resource.js';
import {
  entityOwners,
  momentOf,
  putOwner,
  putText,
  type Entity,
  type EntityAttributes,
  type EntityKind,
  type EntityOwner,
} from './entity.js';

const states = ['running', 'terminated', 'waiting'] as const;

/** Pods, and the containers that have run. */
export const podEntities: EntityKind = {
  resource: pods,
  isNamespaced: true,
  read(uid, object) {
    const namespace = apiText(object, 'metadata', 'namespace') ?? '';
    const labels = new Map(apiTexts(object, 'metadata', 'labels'));
    const owners = entityOwners(object);
    const own: EntityAttributes = new Map([
      ...labels,
      ['pod.creation_timestamp', momentOf(apiText(object, 'metadata', 'creationTimestamp'))],
    ]);
    putText(own, 'k8s.pod.name', apiText(object, 'metadata', 'name'));
    putText(own, 'k8s.namespace.name', namespace);
    putText(own, 'k8s.node.name', apiText(object, 'spec', 'nodeName'));
    putText(own, 'k8s.pod.phase', apiText(object, 'status', 'phase') ?? 'Unknown');
    putText(own, 'k8s.pod.status_reason', apiText(object, 'status', 'reason'));
    for (const owner of owners) putOwner(own, owner);
    const containers = containersOf(uid, object);
    return (world) => {
      const attributes = new Map(own);
      for (const owner of owners) putWorkload(attributes, world.ownerOf(owner.uid) ?? owner);
      for (const service of world.servicesOf(namespace, labels)) attributes.set(`k8s.service.${service}`, '');
      return [{ type: 'k8s.pod', idKey: 'k8s.pod.uid', id: uid, attributes }, ...containers];
    };
  },
};

function putWorkload(attributes: EntityAttributes, owner: EntityOwner): void {
  putOwner(attributes, owner);
  attributes.set('k8s.workload.kind', owner.kind);
  attributes.set('k8s.workload.name', owner.name);
}

function containersOf(uid: string, pod: ApiJson): readonly Entity[] {
  const images = new Map(
    apiList(pod, 'spec', 'containers').map((container) => [apiText(container, 'name'), apiText(container, 'image')]),
  );
  return apiList(pod, 'status', 'containerStatuses').flatMap((status): readonly Entity[] => {
    const id = (apiText(status, 'containerID') ?? '').replace(/^[\w-]+:\/\//, '');
    // One without an ID has not run yet.
    if (id === '') return [];
    const name = apiText(status, 'name');
    const attributes: EntityAttributes = new Map();
    const state = states.find((each) => apiValue(status, 'state', each) !== undefined);
    if (state !== undefined) {
      attributes.set('container.status', state);
      putText(attributes, 'container.status.reason', apiText(status, 'state', state, 'reason'));
      const started = apiText(status, 'state', state, 'startedAt');
      if (started !== undefined) attributes.set('container.creation_timestamp', momentOf(started));
    }
    const image = images.get(name) ?? apiText(status, 'image');
    if (image !== undefined) {
      const { name: repository, tag = 'latest' } = readImage(image);
      putText(attributes, 'container.image.name', repository);
      putText(attributes, 'container.image.tag', tag);
    }
    putText(attributes, 'k8s.container.name', name);
    putText(attributes, 'k8s.pod.name', apiText(pod, 'metadata', 'name'));
    attributes.set('k8s.pod.uid', uid);
    putText(attributes, 'k8s.namespace.name', apiText(pod, 'metadata', 'namespace'));
    putText(attributes, 'k8s.node.name', apiText(pod, 'spec', 'nodeName'));
    return [{ type: 'container', idKey: 'container.id', id, attributes }];
  });
}
