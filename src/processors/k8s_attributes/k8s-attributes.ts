import { changingAttributes, type AttributeChanges } from '../../attributes/changing-attributes.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { Batch } from '../../otlp/batch.js';
import { AttributePatcher } from '../../otlp/edit/attribute-patcher.js';
import { key } from '../../otlp/view/key.js';
import type { InPieces } from '../../otlp/work.js';
import { associationsOf } from './association.js';
import type { Config } from './config.js';
import type { KeyedValue } from './pod-attributes.js';
import { PodLookup } from './pod-lookup.js';
import { allRuns } from './pods/container-runs.js';
import type { PodContainer, Pod } from './pods/pod.js';
import { ClusterPods } from './cluster-pods.js';

/** Resources that are changed in one piece of work: some milliseconds. */
const resourcesAtOnce = 1 << 10;
const podAddress = key('k8s.pod.ip');

/** Sets the attributes of the pod that each resource is of. All pipelines of one processor share what they know. */
export function createK8sAttributes(config: Config, context: PipelineContext, next: Consumer): Processor {
  const pods = config.passthrough ? undefined : context.shared(() => new ClusterPods(config, context));
  const setting = changingAttributes(context, next, () => new PodStamp(config, pods));
  let isStarted = false;
  return Object.assign(setting, {
    async start(host: Host) {
      isStarted = true;
      await pods?.start(host);
    },
    async shutdown() {
      if (!isStarted) return;
      isStarted = false;
      await pods?.stop();
    },
  });
}

/** Finds the pod of each resource of a batch, and copies its attributes in: the items are not looked at. */
class PodStamp implements AttributeChanges {
  readonly #pods: ClusterPods | undefined;
  readonly #lookup: PodLookup;
  readonly #patcher: AttributePatcher = new AttributePatcher();

  constructor(config: Config, pods: ClusterPods | undefined) {
    this.#pods = pods;
    this.#lookup = new PodLookup(associationsOf(config), [
      podAddress.text,
      'container.id',
      'k8s.container.name',
      'k8s.container.restart_count',
      'k8s.namespace.name',
      'k8s.node.name',
    ]);
  }

  *changing(batch: Batch, request: RequestContext): InPieces<Batch> {
    const patcher = this.#patcher.open(batch);
    this.#lookup.begin(request);
    for (let row = 0; row < batch.index.resourceCount; row++) {
      if ((row + 1) % resourcesAtOnce === 0) yield;
      patcher.openResource(row);
      this.#stamp();
      patcher.closeResource();
    }
    return yield* patcher.finishing();
  }

  #stamp(): void {
    const lookup = this.#lookup;
    const matched = lookup.match(this.#patcher.attributes);
    // A gateway behind finds the pod by it, wherever that is.
    if (matched?.connection !== undefined) this.#set({ key: podAddress, value: matched.connection });
    const pods = this.#pods;
    if (!pods) return;
    const pod = matched && pods.find(matched.association, matched.values);
    if (pod) {
      // Before anything is set that stands for the container.
      const container = containerOf(pod, lookup);
      const run = lookup.integer('k8s.container.restart_count');
      for (const attribute of pods.attributes.ofPod(pod)) this.#set(attribute);
      for (const attribute of pods.attributes.ofContainer(pod, container, run)) this.#set(attribute);
    }
    for (const attribute of pods.ofNamespace(lookup.attribute('k8s.namespace.name'))) this.#set(attribute);
    for (const attribute of pods.ofNode(lookup.attribute('k8s.node.name'))) this.#set(attribute);
  }

  /** A value that the sender has set stays, unless it is empty. */
  #set({ key: name, value }: KeyedValue): void {
    const table = this.#patcher.attributes;
    const row = table.find(name);
    if (row < 0) {
      table.addValue(name, value);
      return;
    }
    const own = table.value(row);
    if (own.type === 'empty' || (own.type === 'string' && own.string.length === 0)) table.setValue(row, value);
  }
}

/** The container that a resource names, or the only one of the pod. */
function containerOf(pod: Pod, lookup: PodLookup): PodContainer | undefined {
  const { containers } = pod;
  const name = lookup.attribute('k8s.container.name');
  if (name !== undefined) return containers.find((container) => container.name === name);
  const id = lookup.attribute('container.id');
  if (id !== undefined) return containers[allRuns(pod).findIndex((runs) => runs.some(([, each]) => each === id))];
  return containers.length === 1 ? containers[0] : undefined;
}
