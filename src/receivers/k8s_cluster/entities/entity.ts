import { apiList, apiText, apiTexts, type ApiJson } from '../../../kubernetes/json.js';
import type { ApiResource } from '../../../kubernetes/resource.js';

/** Something of the cluster that events tell of: what identifies it, and what describes it. */
export interface Entity {
  /** `k8s.pod`. */
  readonly type: string;
  /** `k8s.pod.uid`. */
  readonly idKey: string;
  readonly id: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The facts about other objects, of which attributes of pods are made. */
export interface EntityWorld {
  /** The services of the namespace whose selector matches the labels. */
  servicesOf(namespace: string, labels: ReadonlyMap<string, string>): readonly string[];
  /** The owner of an object that owns a pod, such as the Deployment of a ReplicaSet. */
  ownerOf(uid: string): EntityOwner | undefined;
}

/** The object that made another one. */
export interface EntityOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A resource of the API whose objects are entities. */
export interface EntityKind {
  readonly resource: ApiResource;
  readonly isNamespaced: boolean;
  /** The entities of an object: a pod is one, and each of its containers. Called anew when `world` has changed. */
  read(uid: string, object: ApiJson): (world: EntityWorld) => readonly Entity[];
}

export type EntityAttributes = Map<string, string>;

/** Puts an attribute, unless it has no text. */
export function putText(attributes: EntityAttributes, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '') attributes.set(name, value);
}

/** To the second, as the Collector writes it. */
export function momentOf(text: string | undefined): string {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? '0001-01-01T00:00:00Z' : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function entityOwners(object: ApiJson): readonly EntityOwner[] {
  return apiList(object, 'metadata', 'ownerReferences').flatMap((entry) => {
    const [kind, name, uid] = [apiText(entry, 'kind'), apiText(entry, 'name'), apiText(entry, 'uid')];
    return kind === undefined || name === undefined || uid === undefined ? [] : [{ kind, name, uid }];
  });
}

/** `k8s.KIND.name` and `.uid` of an owner. */
export function putOwner(attributes: EntityAttributes, { kind, name, uid }: EntityOwner): void {
  const word = kind.toLowerCase();
  attributes.set(`k8s.${word}.name`, name);
  attributes.set(`k8s.${word}.uid`, uid);
}

/** Labels or annotations behind a prefix; what `kubectl apply` keeps of itself is left out. */
export function putEntries(
  attributes: EntityAttributes,
  prefix: string,
  object: ApiJson,
  ...path: readonly string[]
): void {
  for (const [key, value] of apiTexts(object, ...path))
    if (!key.startsWith('kubectl.kubernetes.io/last-applied-configuration')) attributes.set(`${prefix}${key}`, value);
}
