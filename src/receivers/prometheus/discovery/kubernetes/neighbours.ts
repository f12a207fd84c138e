import type { ApiJson } from '../../../../kubernetes/json.js';
import { addObject, addTexts, setMeta, type MetaLabels } from './meta-labels.js';
import { objectKey, metaObject, podOf, sdServiceOf, type MetaObject, type SdPod, type SdService } from './objects.js';
import { ObjectStore } from './object-store.js';

/** The objects whose labels are attached to targets beside those of their own object. */
export interface Attached {
  readonly node: boolean;
  readonly namespace: boolean;
  readonly deployment: boolean;
  readonly job: boolean;
  readonly cronjob: boolean;
}

/** The kinds of objects that those of a role are joined with. */
export type NeighbourKind = 'pod' | 'service' | 'node' | 'namespace' | 'replicaset' | 'job';

/**
 * The objects that those of a role are joined with. Notes which of them each object of the role has looked for, found
 * or not, so that a change is known to concern it.
 */
export class Neighbours {
  readonly attached: Attached;
  readonly #pods: ObjectStore<SdPod> = new ObjectStore();
  readonly #services: ObjectStore<SdService> = new ObjectStore();
  readonly #others: Readonly<Record<Exclude<NeighbourKind, 'pod' | 'service'>, ObjectStore<MetaObject>>> = {
    node: new ObjectStore(),
    namespace: new ObjectStore(),
    replicaset: new ObjectStore(),
    job: new ObjectStore(),
  };
  /** By kind and key, the UIDs of the objects that have looked for it. */
  readonly #askers: Map<string, Set<string>> = new Map();
  /** By UID, what it has looked for. */
  readonly #asked: Map<string, Set<string>> = new Map();
  #asker = '';

  constructor(attached: Attached) {
    this.attached = attached;
  }

  /** Takes an object in; the UIDs of those that have to be looked at again. */
  set(kind: NeighbourKind, uid: string, object: ApiJson): readonly string[] {
    const { changed, meta } = this.#set(kind, uid, object);
    return changed ? this.#concerned(kind, meta) : [];
  }

  delete(kind: NeighbourKind, uid: string): readonly string[] {
    const gone = this.#storeOf(kind).delete(uid);
    return gone ? this.#concerned(kind, gone.meta) : [];
  }

  /** Objects that are looked up from now on are for the object of the role with this UID, and for no other. */
  begin(uid: string): void {
    this.forget(uid);
    this.#asker = uid;
  }

  /** An object of the role is gone. */
  forget(uid: string): void {
    for (const key of this.#asked.get(uid) ?? []) {
      const askers = this.#askers.get(key);
      askers?.delete(uid);
      if (askers?.size === 0) this.#askers.delete(key);
    }
    this.#asked.delete(uid);
  }

  pod(namespace: string, name: string): SdPod | undefined {
    this.#note('pod', namespace, name);
    return this.#pods.get(namespace, name);
  }

  service(namespace: string, name: string): SdService | undefined {
    this.#note('service', namespace, name);
    return this.#services.get(namespace, name);
  }

  /** Whether there is a node of this name, among those that the selectors leave. */
  hasNode(name: string): boolean {
    return this.#other('node', '', name) !== undefined;
  }

  /** Adds the labels of a node, if nodes are attached. */
  addNode(labels: MetaLabels, name: string | undefined): void {
    if (!this.attached.node || name === undefined) return;
    const node = this.#other('node', '', name);
    if (node) addObject(labels, 'node', node.meta);
  }

  /** Adds the labels of a namespace, if namespaces are attached. */
  addNamespace(labels: MetaLabels, name: string): void {
    if (!this.attached.namespace) return;
    const namespace = this.#other('namespace', '', name);
    if (namespace) addTexts(labels, 'namespace', namespace.meta);
  }

  /** Adds the labels that every target of a pod has. */
  addPod(labels: MetaLabels, pod: SdPod): void {
    const { meta } = pod;
    setMeta(labels, {
      pod_ip: pod.ip,
      pod_ready: pod.ready,
      pod_phase: pod.phase,
      pod_node_name: pod.nodeName,
      pod_host_ip: pod.hostIp,
      pod_uid: pod.uid,
    });
    addObject(labels, 'pod', meta);
    if (!meta.controller) return;
    const { kind, name } = meta.controller;
    setMeta(labels, { pod_controller_kind: kind, pod_controller_name: name });
    if (kind === 'ReplicaSet' && this.attached.deployment) {
      const owner = this.#other('replicaset', meta.namespace, name)?.meta.controller;
      if (owner?.kind === 'Deployment') setMeta(labels, { pod_deployment_name: owner.name });
    }
    if (kind !== 'Job') return;
    if (this.attached.job) setMeta(labels, { pod_job_name: name });
    if (!this.attached.cronjob) return;
    const owner = this.#other('job', meta.namespace, name)?.meta.controller;
    if (owner?.kind === 'CronJob') setMeta(labels, { pod_cronjob_name: owner.name });
  }

  #set(kind: NeighbourKind, uid: string, object: ApiJson): { changed: boolean; meta: MetaObject['meta'] } {
    if (kind === 'pod') {
      const pod = podOf(object);
      return { changed: this.#pods.set(uid, pod), meta: pod.meta };
    }
    if (kind === 'service') {
      const service = sdServiceOf(object);
      return { changed: this.#services.set(uid, service), meta: service.meta };
    }
    const other = metaObject(object);
    return { changed: this.#others[kind].set(uid, other), meta: other.meta };
  }

  #storeOf(kind: NeighbourKind): Pick<ObjectStore<MetaObject>, 'delete'> {
    if (kind === 'pod') return this.#pods;
    return kind === 'service' ? this.#services : this.#others[kind];
  }

  #other(kind: Exclude<NeighbourKind, 'pod' | 'service'>, namespace: string, name: string): MetaObject | undefined {
    this.#note(kind, namespace, name);
    return this.#others[kind].get(namespace, name);
  }

  #note(kind: NeighbourKind, namespace: string, name: string): void {
    const key = `${kind} ${objectKey({ namespace, name })}`;
    addTo(this.#askers, key, this.#asker);
    addTo(this.#asked, this.#asker, key);
  }

  #concerned(kind: NeighbourKind, meta: MetaObject['meta']): readonly string[] {
    return [...(this.#askers.get(`${kind} ${objectKey(meta)}`) ?? [])];
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
