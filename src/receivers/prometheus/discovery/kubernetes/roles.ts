import type { ApiJson } from '../../../../kubernetes/json.js';
import {
  endpoints,
  endpointSlices,
  ingresses,
  jobs,
  namespaces,
  nodes,
  pods,
  replicaSets,
  services,
  type ApiResource,
} from '../../../../kubernetes/resource.js';
import type { SdRole } from '../../options/kubernetes.js';
import { endpointSliceOf, targetsOfEndpointSlice } from './endpoint-slice.js';
import { endpointsOf, targetsOfEndpoints } from './endpoints.js';
import { ingressOf, targetsOfIngress } from './ingress.js';
import type { FoundTargets } from './meta-labels.js';
import type { Attached, NeighbourKind, Neighbours } from './neighbours.js';
import { nodeOf, targetsOfNode } from './node.js';
import { podOf, sdServiceOf, type MetaObject } from './objects.js';
import { ObjectStore } from './object-store.js';
import { targetsOfPod } from './pod.js';
import { targetsOfService } from './service.js';

/** The objects of a role, and the targets of each. */
export interface RoleObjects {
  /** Whether that changed anything. */
  set(uid: string, object: ApiJson): boolean;
  delete(uid: string): boolean;
  /** Undefined: there is no such object. */
  targets(uid: string, neighbours: Neighbours): FoundTargets | undefined;
}

function objectsOf<T extends MetaObject>(
  read: (object: ApiJson) => T,
  targets: (object: T, neighbours: Neighbours) => FoundTargets,
): RoleObjects {
  const store = new ObjectStore<T>();
  return {
    set: (uid, object) => store.set(uid, read(object)),
    delete: (uid) => store.delete(uid) !== undefined,
    targets(uid, neighbours) {
      const object = store.byUid(uid);
      return object && targets(object, neighbours);
    },
  };
}

/** No objects of the role yet. */
export function roleObjects(role: SdRole): RoleObjects {
  switch (role) {
    case 'node':
      return objectsOf(nodeOf, targetsOfNode);
    case 'pod':
      return objectsOf(podOf, targetsOfPod);
    case 'service':
      return objectsOf(sdServiceOf, targetsOfService);
    case 'endpoints':
      return objectsOf(endpointsOf, targetsOfEndpoints);
    case 'endpointslice':
      return objectsOf(endpointSliceOf, targetsOfEndpointSlice);
    case 'ingress':
      return objectsOf(ingressOf, targetsOfIngress);
  }
}

export const roleResources: Readonly<Record<SdRole, ApiResource>> = {
  node: nodes,
  pod: pods,
  service: services,
  endpoints,
  endpointslice: endpointSlices,
  ingress: ingresses,
};

/** A kind of neighbour that has to be read. */
export interface NeighbourSource {
  readonly kind: NeighbourKind;
  readonly resource: ApiResource;
  /** False: its objects are in no namespace, or those of all namespaces are wanted. */
  readonly namespaced: boolean;
  /** The role whose selector counts for it. */
  readonly selector: SdRole | undefined;
}

/** The objects that are read beside those of the role. */
export function neighbourSources(role: SdRole, attached: Attached): readonly NeighbourSource[] {
  const behindService = role === 'endpoints' || role === 'endpointslice';
  const ofPods = behindService || role === 'pod';
  const of = (
    wanted: boolean,
    kind: NeighbourKind,
    resource: ApiResource,
    namespaced: boolean,
    selector?: SdRole,
  ): readonly NeighbourSource[] => (wanted ? [{ kind, resource, namespaced, selector }] : []);
  return [
    ...of(behindService, 'service', services, true, 'service'),
    ...of(behindService, 'pod', pods, true, 'pod'),
    ...of(ofPods && attached.node, 'node', nodes, false, 'node'),
    ...of(role !== 'node' && attached.namespace, 'namespace', namespaces, false),
    ...of(ofPods && attached.deployment, 'replicaset', replicaSets, true),
    ...of(ofPods && (attached.job || attached.cronjob), 'job', jobs, true),
  ];
}
