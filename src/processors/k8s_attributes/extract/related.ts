import type { Cluster, ObjectReading } from '../../../kubernetes/cluster.js';
import { apiText, apiTexts, type ApiJson } from '../../../kubernetes/json.js';
import {
  daemonSets,
  deployments,
  jobs,
  namespaces,
  nodes,
  replicaSets,
  statefulSets,
  type ApiResource,
} from '../../../kubernetes/resource.js';
import type { Subscriber } from '../../../kubernetes/watcher.js';
import type { Config, TagSource } from '../config.js';
import type { Alike } from '../pods/alike.js';
import { ownersOf } from '../pods/read-pod.js';
import type { PodAttribute, PodOwner } from '../pods/pod.js';
import type { TagRules } from './tag-rules.js';

/** The kept parts of an object that pods refer to. */
export interface RelatedObject {
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly PodOwner[];
  readonly tags: readonly PodAttribute[];
}

type Kind = 'namespace' | 'node' | 'replicaset' | Exclude<TagSource, 'pod' | 'namespace' | 'node'>;

const resources: Readonly<Record<Kind, ApiResource>> = {
  namespace: namespaces,
  node: nodes,
  replicaset: replicaSets,
  deployment: deployments,
  statefulset: statefulSets,
  daemonset: daemonSets,
  job: jobs,
};

const none: readonly PodAttribute[] = [];

/** Which kinds have to be read, by the attributes that are wanted. */
export function kindsNeeded(extract: Config['extract'], rules: TagRules): readonly Kind[] {
  const wants = (...names: readonly string[]): boolean => names.some((name) => extract.metadata.includes(name));
  const deploymentTags = rules.uses('deployment');
  const needed: Readonly<Record<Kind, boolean>> = {
    namespace: rules.uses('namespace') || wants('k8s.cluster.uid'),
    node: rules.uses('node') || wants('k8s.node.uid'),
    replicaset:
      deploymentTags ||
      wants('k8s.deployment.uid') ||
      (!extract.deployment_name_from_replicaset && wants('k8s.deployment.name', 'service.name')),
    deployment: deploymentTags,
    statefulset: rules.uses('statefulset'),
    daemonset: rules.uses('daemonset'),
    job: rules.uses('job') || wants('k8s.cronjob.uid'),
  };
  return (Object.keys(needed) as Kind[]).filter((kind) => needed[kind]);
}

/** The objects that pods refer to: namespaces and nodes by name, the others by UID. */
export class RelatedObjects {
  readonly #rules: TagRules;
  readonly #alike: Alike;
  readonly #byUid: Map<string, RelatedObject> = new Map();
  readonly #byName: Map<string, RelatedObject> = new Map();
  /** Counts changes: what was made of an older one is made again. */
  generation = 0;

  constructor(rules: TagRules, alike: Alike) {
    this.#rules = rules;
    this.#alike = alike;
  }

  byUid(uid: string): RelatedObject | undefined {
    return this.#byUid.get(uid);
  }

  namespace(name: string): RelatedObject | undefined {
    return this.#byName.get(`namespace ${name}`);
  }

  node(name: string): RelatedObject | undefined {
    return this.#byName.get(`node ${name}`);
  }

  /** Reads one kind from now on. `watch` makes the subscriber's other half. */
  read(
    cluster: Cluster,
    kind: Kind,
    namespace: string,
    nodeName: string,
    resyncMs: number,
    watch: Pick<Subscriber, 'synced' | 'failed'>,
  ): ObjectReading {
    const isNamespaced = kind !== 'namespace' && kind !== 'node';
    const byName = (name: string): string => (name === '' ? '' : `metadata.name=${name}`);
    return cluster.read(
      {
        resource: resources[kind],
        namespace: isNamespaced ? namespace : '',
        labels: '',
        fields: kind === 'node' ? byName(nodeName) : '',
      },
      {
        upsert: (uid, object) => this.#upsert(kind, uid, object),
        remove: (uid) => this.#remove(kind, uid),
        ...watch,
      },
      { resyncMs },
    );
  }

  #upsert(kind: Kind, uid: string, object: ApiJson): void {
    const name = apiText(object, 'metadata', 'name') ?? '';
    const next: RelatedObject = {
      name,
      uid,
      owners: this.#alike.of(ownersOf(object)),
      tags:
        kind === 'replicaset'
          ? none
          : this.#rules.tagsOf(
              kind,
              apiTexts(object, 'metadata', 'labels'),
              apiTexts(object, 'metadata', 'annotations'),
            ),
    };
    // Most changes of an object (a heartbeat of a node, a status) change nothing of it.
    const before = this.#byUid.get(uid);
    if (before && JSON.stringify(before) === JSON.stringify(next)) return;
    this.generation++;
    this.#byUid.set(uid, next);
    if (kind === 'namespace' || kind === 'node') this.#byName.set(`${kind} ${name}`, next);
  }

  #remove(kind: Kind, uid: string): void {
    const known = this.#byUid.get(uid);
    this.#byUid.delete(uid);
    const key = `${kind} ${known?.name}`;
    if (this.#byName.get(key)?.uid === uid) this.#byName.delete(key);
    this.generation++;
  }
}
