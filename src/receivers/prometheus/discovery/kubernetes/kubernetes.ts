import { isDeepStrictEqual } from 'node:util';
import { resultInTurns } from '../../../../component/turn.js';
import type { AccessConfig, OwnAccess } from '../../../../kubernetes/access/access.js';
import { ownNamespace } from '../../../../kubernetes/access/in-cluster.js';
import { Cluster, type ClusterContext, type ObjectReading } from '../../../../kubernetes/cluster.js';
import type { ApiJson } from '../../../../kubernetes/json.js';
import type { ApiResource } from '../../../../kubernetes/resource.js';
import type { Subscriber } from '../../../../kubernetes/watcher.js';
import type { InPieces } from '../../../../otlp/work.js';
import type { KubernetesSdConfig, SdRole } from '../../options/kubernetes.js';
import type { TargetGroup } from '../../target/target.js';
import type { Discovery } from '../discovery.js';
import { groupsOfTargets } from './meta-labels.js';
import { Neighbours } from './neighbours.js';
import { neighbourSources, roleObjects, roleResources, type RoleObjects } from './roles.js';

/** Changes within this time are one, milliseconds: a rollout makes many. */
const settleMs = 100;
/** The targets change at most this often, milliseconds; as in Prometheus. */
const updateEveryMs = 5000;
/** Objects whose targets are worked out between two pauses. */
const objectsAtOnce = 64;

/**
 * Targets from the objects of a Kubernetes cluster, as they change. While the API cannot be read, the targets are those
 * that were known before.
 */
export class KubernetesDiscovery implements Discovery {
  readonly #config: KubernetesSdConfig;
  readonly #access: AccessConfig | OwnAccess;
  readonly #context: ClusterContext;
  readonly #env: NodeJS.ProcessEnv;
  readonly #objects: RoleObjects;
  readonly #neighbours: Neighbours;
  readonly #readings: ObjectReading[] = [];
  readonly #groups: Map<string, readonly TargetGroup[]> = new Map();
  /** Objects whose targets have to be worked out. */
  #changed: Set<string> = new Set();
  /** Readings that have not listed everything yet: before that, the labels of most targets would be wrong. */
  #incomplete = 0;
  #cluster: Cluster | undefined;
  #found: (groups: readonly TargetGroup[]) => void = () => {};
  #timer: (() => void) | undefined;
  #updating: Promise<void> | undefined;
  /** Clock milliseconds. */
  #updatedAt: number | undefined;
  #stopped = false;

  constructor(
    config: KubernetesSdConfig,
    access: AccessConfig | OwnAccess,
    context: ClusterContext,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.#config = config;
    this.#access = access;
    this.#context = context;
    this.#env = env;
    this.#objects = roleObjects(config.role);
    this.#neighbours = new Neighbours(config.attach_metadata);
  }

  start(found: (groups: readonly TargetGroup[]) => void): void {
    this.#found = found;
    try {
      this.#read();
    } catch (error) {
      // The other discoveries and jobs go on, as in the Collector.
      this.#context.logger.error('Cannot create service discovery', { type: 'kubernetes', error });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    await Promise.all(this.#readings.map((reading) => reading.release()));
    await this.#cluster?.close();
    await this.#updating;
  }

  #read(): void {
    const { role, attach_metadata: attached } = this.#config;
    const namespaces = this.#namespaces();
    const cluster = (this.#cluster = new Cluster(this.#access, this.#context, this.#env));
    const sources = neighbourSources(role, attached);
    const own = role === 'node' ? [''] : namespaces;
    this.#incomplete = own.length;
    for (const { namespaced } of sources) this.#incomplete += namespaced ? namespaces.length : 1;
    const objects = this.#objects;
    const read = (
      resource: ApiResource,
      namespace: string,
      selector: SdRole | undefined,
      reader: Pick<Subscriber, 'upsert' | 'remove'>,
    ): void => {
      const selected = this.#config.selectors.find((each) => each.role === selector);
      const selection = { resource, namespace, labels: selected?.label ?? '', fields: selected?.field ?? '' };
      this.#readings.push(cluster.read(selection, { ...reader, ...this.#progress(resource) }));
    };
    for (const namespace of own)
      read(roleResources[role], namespace, role, {
        upsert: (uid, object) => this.#change(objects.set(uid, object) ? [uid] : []),
        remove: (uid) => this.#change(objects.delete(uid) ? [uid] : []),
      });
    for (const { kind, resource, namespaced, selector } of sources)
      for (const namespace of namespaced ? namespaces : [''])
        read(resource, namespace, selector, {
          upsert: (uid: string, object: ApiJson) => this.#change(this.#neighbours.set(kind, uid, object)),
          remove: (uid) => this.#change(this.#neighbours.delete(kind, uid)),
        });
  }

  /** '' stands for all namespaces. */
  #namespaces(): readonly string[] {
    const { names, own_namespace } = this.#config.namespaces;
    if (!own_namespace) return names.length === 0 ? [''] : [...new Set(names)];
    const { clock, logger } = this.#context;
    const own = ownNamespace({ env: this.#env, clock, logger });
    if (own === undefined) throw new Error("could not determine the pod's namespace");
    return [...new Set([...names, own])];
  }

  #progress(resource: ApiResource): Pick<Subscriber, 'synced' | 'failed'> {
    let complete = false;
    return {
      synced: () => {
        if (complete) return;
        complete = true;
        if (--this.#incomplete === 0) this.#update(settleMs);
      },
      failed: (error) => {
        if (this.#stopped) return;
        const { role } = this.#config;
        this.#context.logger.error('Failed to watch', { role, resource: resource.plural, error: error.message });
      },
    };
  }

  #change(uids: readonly string[]): void {
    for (const uid of uids) this.#changed.add(uid);
    if (uids.length === 0 || this.#incomplete > 0) return;
    const waited = this.#updatedAt === undefined ? Infinity : this.#context.clock.now() - this.#updatedAt;
    this.#update(Math.max(settleMs, updateEveryMs - waited));
  }

  #update(afterMs: number): void {
    if (this.#stopped || this.#timer || this.#updating) return;
    this.#timer = this.#context.clock.after(afterMs, () => {
      this.#timer = undefined;
      this.#updating = this.#updateNow().finally(() => {
        this.#updating = undefined;
        if (this.#changed.size > 0) this.#update(updateEveryMs);
      });
    });
  }

  async #updateNow(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Set();
    const differs = await resultInTurns(this.#workOut(changed));
    if (this.#stopped || (!differs && this.#updatedAt !== undefined)) return;
    this.#updatedAt = this.#context.clock.now();
    this.#found([...this.#groups.values()].flat());
  }

  /** Whether any target has changed. */
  *#workOut(changed: ReadonlySet<string>): InPieces<boolean> {
    let work = 0;
    let differs = false;
    for (const uid of changed) {
      if (++work % objectsAtOnce === 0) yield;
      this.#neighbours.begin(uid);
      const targets = this.#objects.targets(uid, this.#neighbours);
      if (!targets) this.#neighbours.forget(uid);
      const groups = targets ? groupsOfTargets(targets) : [];
      if (isDeepStrictEqual(groups, this.#groups.get(uid) ?? [])) continue;
      differs = true;
      if (groups.length > 0) this.#groups.set(uid, groups);
      else this.#groups.delete(uid);
    }
    return differs;
  }
}
