import { apiList, apiText, apiTexts, apiValue, type ApiJson } from '../../../../kubernetes/json.js';

/** Names with texts, such as the labels of an object. */
export type MetaTexts = readonly (readonly [name: string, value: string])[];

/** The parts of an object's metadata that labels are made of. */
export interface ObjectMeta {
  readonly name: string;
  /** '' for an object that is in none. */
  readonly namespace: string;
  readonly labels: MetaTexts;
  readonly annotations: MetaTexts;
  /** The object that made it and looks after it. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
}

/** An object of the API, reduced to what is read of it. */
export interface MetaObject {
  readonly meta: ObjectMeta;
}

export interface ContainerPort {
  readonly name: string;
  readonly number: string;
  readonly protocol: string;
}

export interface SdContainer {
  readonly name: string;
  readonly image: string;
  /** `containerd://…`; '' until it runs. */
  readonly id: string;
  readonly init: boolean;
  readonly ports: readonly ContainerPort[];
}

export interface SdPod extends MetaObject {
  readonly uid: string;
  /** '' before it has one, and after an eviction. */
  readonly ip: string;
  readonly hostIp: string;
  readonly nodeName: string;
  readonly phase: string;
  /** `true`, `false` or `unknown`. */
  readonly ready: string;
  readonly containers: readonly SdContainer[];
}

export interface SdService extends MetaObject {
  readonly type: string;
  readonly clusterIp: string;
  readonly externalName: string;
  /** Separated by commas. */
  readonly loadBalancerIps: string;
  /** The family of addresses that counts; '' where the service has but one. */
  readonly firstOfTwoFamilies: string;
  readonly ports: readonly ContainerPort[];
}

export function sdServiceOf(object: ApiJson): SdService {
  const ips = apiList(object, 'status', 'loadBalancer', 'ingress').flatMap((each) => apiText(each, 'ip') ?? []);
  const policy = apiText(object, 'spec', 'ipFamilyPolicy');
  const twoFamilies = policy === 'PreferDualStack' || policy === 'RequireDualStack';
  const [family] = apiList(object, 'spec', 'ipFamilies');
  return {
    meta: metaOf(object),
    type: apiText(object, 'spec', 'type') ?? '',
    clusterIp: apiText(object, 'spec', 'clusterIP') ?? '',
    externalName: apiText(object, 'spec', 'externalName') ?? '',
    loadBalancerIps: ips.length > 0 ? ips.join(',') : (apiText(object, 'spec', 'loadBalancerIP') ?? ''),
    firstOfTwoFamilies: twoFamilies && typeof family === 'string' ? family : '',
    ports: apiList(object, 'spec', 'ports').map((port) => ({
      name: apiText(port, 'name') ?? '',
      number: portText(apiValue(port, 'port')) ?? '0',
      protocol: apiText(port, 'protocol') ?? '',
    })),
  };
}

/** The key of an object among those of its kind. */
export function objectKey({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

export function metaOf(object: ApiJson): ObjectMeta {
  const controller = apiList(object, 'metadata', 'ownerReferences').find(
    (owner) => apiValue(owner, 'controller') === true,
  );
  return {
    name: apiText(object, 'metadata', 'name') ?? '',
    namespace: apiText(object, 'metadata', 'namespace') ?? '',
    labels: apiTexts(object, 'metadata', 'labels'),
    annotations: apiTexts(object, 'metadata', 'annotations'),
    controller:
      controller === undefined
        ? undefined
        : { kind: apiText(controller, 'kind') ?? '', name: apiText(controller, 'name') ?? '' },
  };
}

/** Namespaces, ReplicaSets and Jobs: only their metadata counts. */
export function metaObject(object: ApiJson): MetaObject {
  return { meta: metaOf(object) };
}

export function podOf(object: ApiJson): SdPod {
  const ready = apiList(object, 'status', 'conditions').find((each) => apiText(each, 'type') === 'Ready');
  return {
    meta: metaOf(object),
    uid: apiText(object, 'metadata', 'uid') ?? '',
    ip: apiText(object, 'status', 'podIP') ?? '',
    hostIp: apiText(object, 'status', 'hostIP') ?? '',
    nodeName: apiText(object, 'spec', 'nodeName') ?? '',
    phase: apiText(object, 'status', 'phase') ?? '',
    ready: ready === undefined ? 'unknown' : (apiText(ready, 'status') ?? '').toLowerCase(),
    containers: [
      ...containersOf(object, 'containers', 'containerStatuses', false),
      ...containersOf(object, 'initContainers', 'initContainerStatuses', true),
    ],
  };
}

function containersOf(pod: ApiJson, list: string, statuses: string, init: boolean): readonly SdContainer[] {
  const ids = new Map(
    apiList(pod, 'status', statuses).map((each) => [apiText(each, 'name') ?? '', apiText(each, 'containerID') ?? '']),
  );
  return apiList(pod, 'spec', list).map((each) => {
    const name = apiText(each, 'name') ?? '';
    return {
      name,
      image: apiText(each, 'image') ?? '',
      id: ids.get(name) ?? '',
      init,
      ports: apiList(each, 'ports').map((port) => ({
        name: apiText(port, 'name') ?? '',
        number: portText(apiValue(port, 'containerPort')) ?? '0',
        protocol: apiText(port, 'protocol') ?? '',
      })),
    };
  });
}

/** The number of a port as text; undefined for anything that is none. */
export function portText(value: ApiJson): string | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** `true` or `false`; undefined for anything else. */
export function flagText(value: ApiJson): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined;
}

/** A reference to an object, such as the pod of an endpoint. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function refOf(value: ApiJson): ObjectRef | undefined {
  const kind = apiText(value, 'kind');
  if (kind === undefined) return undefined;
  return { kind, namespace: apiText(value, 'namespace') ?? '', name: apiText(value, 'name') ?? '' };
}
