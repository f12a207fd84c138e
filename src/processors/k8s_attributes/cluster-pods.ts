import type { PipelineContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { AccessError } from '../../kubernetes/access/access-error.js';
import { Cluster, type ObjectReading } from '../../kubernetes/cluster.js';
import { pods as podResource } from '../../kubernetes/resource.js';
import { pattern } from '../../pattern/pattern.js';
import { associationsOf, type Association } from './association.js';
import type { Config, FieldFilter } from './config.js';
import { nameFormsOf, namesSet } from './extract/naming.js';
import { kindsNeeded, RelatedObjects, type RelatedObject } from './extract/related.js';
import { TagRules } from './extract/tag-rules.js';
import { PodAttributes, preparedAll, type KeyedValue } from './pod-attributes.js';
import { Alike } from './pods/alike.js';
import type { Pod } from './pods/pod.js';
import { PodTable } from './pods/pod-table.js';
import { readPod } from './pods/read-pod.js';
import { ipLookupMiss, podAdded, podDeleted, podTableSize, podUpdated } from './telemetry.js';

const none: readonly KeyedValue[] = [];

/** The cluster as a processor knows it: its pods and the objects that they refer to, kept by watches. */
export class ClusterPods {
  readonly attributes: PodAttributes;
  readonly #config: Config;
  readonly #context: PipelineContext;
  readonly #rules: TagRules;
  readonly #alike: Alike = new Alike();
  readonly #related: RelatedObjects;
  readonly #table: PodTable;
  readonly #excluded: readonly ReturnType<typeof pattern>[];
  readonly #misses: { add(n: number): void };
  /** Of namespaces and nodes that resources name, by the object. */
  readonly #ofTags: WeakMap<RelatedObject, readonly KeyedValue[]> = new WeakMap();
  /** An error while any kind of object cannot be read; of all pipelines. */
  readonly #status: StatusParts = new StatusParts();
  /** Nothing says how to reach the API. */
  #unreachable: Error | undefined;
  #cluster: Cluster | undefined;
  #readings: ObjectReading[] = [];
  #forget: (() => void) | undefined;
  #uses = 0;
  #starting: Promise<void> | undefined;

  constructor(config: Config, context: PipelineContext) {
    const { extract, exclude } = config;
    const { meter, clock } = context;
    this.#config = config;
    this.#context = context;
    const associations = associationsOf(config);
    // The check of the options refuses gates that ask for neither.
    const forms = nameFormsOf(context.gates) ?? { older: false, newer: true };
    this.#rules = new TagRules(extract, associations.some(usesContainerId), forms);
    this.#related = new RelatedObjects(this.#rules, this.#alike);
    this.attributes = new PodAttributes(this.#related, {
      metadata: new Set(namesSet(extract.metadata, forms)),
      deploymentFromReplicaSet: extract.deployment_name_from_replicaset,
    });
    this.#excluded = exclude.pods.flatMap(({ name }) => (name === '' ? [] : [pattern(name)]));
    const [added, updated, deleted] = [
      meter.counter(podAdded, {}),
      meter.counter(podUpdated, {}),
      meter.counter(podDeleted, {}),
    ];
    this.#misses = meter.counter(ipLookupMiss, {});
    this.#table = new PodTable(associations, config.pod_delete_grace_period, clock, {
      added: () => added.add(1),
      updated: () => updated.add(1),
      deleted: () => deleted.add(1),
    });
  }

  /** Once for each pipeline: the first one begins to read. Rejects when it waits for metadata for too long. */
  start(host: Host): Promise<void> {
    this.#uses++;
    this.#status.attach((event) => host.report(event));
    this.#starting ??= this.#start();
    if (this.#unreachable) host.report({ status: 'permanent_error', error: this.#unreachable });
    return this.#starting;
  }

  /** Once for each pipeline: the last one ends the watches. */
  async stop(): Promise<void> {
    if (--this.#uses > 0) return;
    this.#forget?.();
    this.#table.close();
    await Promise.all(this.#readings.map((reading) => reading.release()));
    await this.#cluster?.close();
  }

  /** The pod with these values of an association. */
  find(association: number, values: string): Pod | undefined {
    const found = this.#table.find(association, values);
    if (!found) this.#misses.add(1);
    return found;
  }

  ofNamespace(name: string | undefined): readonly KeyedValue[] {
    return this.#tagsOf(name === undefined ? undefined : this.#related.namespace(name));
  }

  ofNode(name: string | undefined): readonly KeyedValue[] {
    return this.#tagsOf(name === undefined ? undefined : this.#related.node(name));
  }

  #tagsOf(object: RelatedObject | undefined): readonly KeyedValue[] {
    if (!object || object.tags.length === 0) return none;
    let made = this.#ofTags.get(object);
    if (!made) this.#ofTags.set(object, (made = preparedAll(object.tags)));
    return made;
  }

  async #start(): Promise<void> {
    const { clock, logger, meter } = this.#context;
    const {
      wait_for_metadata: waits,
      wait_for_metadata_timeout: longestMs,
      watch_sync_period: resyncMs,
    } = this.#config;
    const cluster = this.#open(waits);
    if (!cluster) return;
    this.#cluster = cluster;
    this.#forget = meter.observe(podTableSize, {}, () => this.#table.size);
    const synced: Promise<void>[] = [];
    const watch = (what: string): { synced(): void; failed(error: Error): void } => {
      let ready: (() => void) | undefined;
      const status = new FailureStatus(clock, this.#status.part(what));
      synced.push(new Promise((resolve) => (ready = resolve)));
      return {
        synced: () => {
          ready?.();
          status.succeeded();
        },
        failed: (error) => {
          logger.warn('Objects of the cluster cannot be read; what is known stays', {
            objects: what,
            error: error.message,
          });
          status.failed(error);
        },
      };
    };
    const { namespace } = this.#config.filter;
    const node = this.#node();
    this.#readings = [
      cluster.read(
        {
          resource: podResource,
          namespace,
          labels: labelSelector(this.#config.filter.labels),
          fields: fieldSelector(this.#config.filter.fields, node),
        },
        {
          upsert: (uid, object) => this.#upsert(uid, object),
          remove: (uid) => this.#table.remove(uid),
          ...watch('pods'),
        },
        { resyncMs },
      ),
      ...kindsNeeded(this.#config.extract, this.#rules).map((kind) =>
        this.#related.read(cluster, kind, namespace, node, resyncMs, watch(`${kind}s`)),
      ),
    ];
    if (waits) await this.#within(longestMs, Promise.all(synced));
  }

  /** Undefined outside of a cluster: data then passes as it came, unless it is to wait for metadata. */
  #open(waits: boolean): Cluster | undefined {
    try {
      return new Cluster(this.#config, this.#context);
    } catch (error) {
      if (waits || !(error instanceof AccessError)) throw error;
      this.#context.logger.error('The API cannot be reached; no attributes are set', { error: error.message });
      this.#unreachable = error;
      return undefined;
    }
  }

  #upsert(uid: string, object: unknown): void {
    const pod = readPod(uid, object, this.#rules, this.#alike);
    if (pod && !this.#excluded.some((name) => name.test(pod.name))) this.#table.put(pod);
    else this.#table.remove(uid);
  }

  #node(): string {
    const { node, node_from_env_var: variable } = this.#config.filter;
    return variable === '' ? node : (process.env[variable] ?? '');
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#context.clock.after(ms, () =>
        reject(
          new Error(
            'failed to wait for metadata: the API has not given all objects within `wait_for_metadata_timeout`; the ' +
              'log says what it answers',
          ),
        ),
      );
    });
    try {
      await Promise.race([work, late]);
    } finally {
      cancel?.();
    }
  }
}

function usesContainerId({ sources }: Association): boolean {
  return sources.some(({ name }) => name === 'container.id');
}

function labelSelector(filters: readonly FieldFilter[]): string {
  return filters
    .map(({ key, value, op }) => {
      switch (op) {
        case 'exists':
          return key;
        case 'does-not-exist':
          return `!${key}`;
        default:
          return `${key}${op === 'not-equals' ? '!=' : '='}${value}`;
      }
    })
    .join(',');
}

function fieldSelector(filters: readonly FieldFilter[], node: string): string {
  const own = filters.map(({ key, value, op }) => `${key}${op === 'not-equals' ? '!=' : '='}${value}`);
  return [...own, ...(node === '' ? [] : [`spec.nodeName=${node}`])].join(',');
}
