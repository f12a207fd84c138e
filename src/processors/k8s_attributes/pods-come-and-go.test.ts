import { afterEach, expect, test } from 'vitest';
import { clusterAccess } from '../../../test/support/cluster-access.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import type { ApiObject, KubernetesApi } from '../../../test/support/kubernetes-api.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import { validate } from '../../otlp/wire/validate.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

type Attributes = Readonly<Record<string, unknown>>;
type Signal = 'traces' | 'metrics' | 'logs';
type Event = 'added' | 'updated' | 'deleted';

interface Running {
  readonly api: KubernetesApi;
  readonly world: HeldWorld;
  /** The attributes of a resource behind the processor. */
  sent(attributes: Readonly<Record<string, string>>, signal?: Signal): Promise<Attributes>;
  /** Waits until the processor has learned of `n` such events in all. */
  known(event: Event, n: number): Promise<void>;
}

/** A processor in a pipeline of each signal, beside an API server over TLS that wants a token. */
async function running(prepare: (api: KubernetesApi) => void, options: object = {}): Promise<Running> {
  const { api, options: access } = await clusterAccess(stops, true);
  prepare(api);
  const world = heldWorld();
  const config = definition.config.parse({ ...access, watch_sync_period: 0, ...options });
  const last = new Map<Signal, Batch>();
  const processors = new Map(
    await Promise.all(
      (['traces', 'metrics', 'logs'] as const).map(async (signal) => {
        const context = { ...world.context, signal, pipeline: signal };
        const processor = await definition.create(config, context, {
          consume: async (batch) => void last.set(signal, batch.own()),
        });
        return [signal, processor] as const;
      }),
    ),
  );
  for (const processor of processors.values()) {
    void processor.start?.(hostWith());
    stops.push(() => processor.shutdown?.(new AbortController().signal));
  }
  const until = (probe: () => boolean): Promise<void> =>
    expect
      .poll(async () => {
        await world.clock.pass(20);
        return probe();
      })
      .toBe(true);
  await until(() => api.watching === 1);
  return {
    api,
    world,
    async sent(attributes, signal = 'traces') {
      await processors.get(signal)?.consume(batchOf(signal, attributes), emptyContext);
      return attributesOf(signal, last.get(signal));
    },
    known: (event, n) => until(() => (world.metrics[`otelcol_otelsvc_k8s_pod_${event}`] ?? 0) >= n),
  };
}

const items: Readonly<Record<Signal, object>> = {
  traces: { scopeSpans: [{ spans: [{ traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'span' }] }] },
  metrics: { scopeMetrics: [{ metrics: [{ name: 'metric', gauge: { dataPoints: [{ asInt: '1' }] } }] }] },
  logs: { scopeLogs: [{ logRecords: [{ body: { stringValue: 'line' } }] }] },
};
const resources: Readonly<Record<Signal, string>> = {
  traces: 'resourceSpans',
  metrics: 'resourceMetrics',
  logs: 'resourceLogs',
};

function batchOf(signal: Signal, attributes: Readonly<Record<string, string>>): Batch {
  const list = Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const request = { [resources[signal]]: [{ resource: { attributes: list }, ...items[signal] }] };
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(request))));
}

function attributesOf(signal: Signal, batch: Batch | undefined): Attributes {
  const read = JSON.parse(jsonText(signal, batch?.bytes ?? new Uint8Array())) as Record<
    string,
    { resource: { attributes?: { key: string; value: Record<string, unknown> }[] } }[]
  >;
  const [first] = read[resources[signal]] ?? [];
  return Object.fromEntries((first?.resource.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

interface PodState {
  readonly name: string;
  readonly uid?: string;
  readonly address?: string;
  readonly owner?: { readonly kind: 'ReplicaSet' | 'StatefulSet'; readonly name: string };
  readonly image?: string;
  readonly ready?: boolean;
  readonly ends?: boolean;
  readonly startTime?: string;
}

const oldSet = { kind: 'ReplicaSet', name: 'web-6d4cf56db6' } as const;
const newSet = { kind: 'ReplicaSet', name: 'web-7f9bc84c5d' } as const;
const set = { kind: 'StatefulSet', name: 'db' } as const;
const earlier = '2026-01-02T03:04:05Z';
const later = '2026-01-02T04:00:00Z';

function pod({ name, uid = `uid-${name}`, address, owner = oldSet, ...state }: PodState): ApiObject {
  const { image = 'team/web:1', ready = true, ends = false, startTime = earlier } = state;
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid,
      creationTimestamp: startTime,
      labels: owner.kind === 'ReplicaSet' ? { 'pod-template-hash': owner.name.replace('web-', '') } : {},
      ownerReferences: [{ ...owner, uid: `uid-${owner.name}`, controller: true }],
      ...(ends && { deletionTimestamp: later, deletionGracePeriodSeconds: 30 }),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image }] },
    status:
      address === undefined
        ? { phase: 'Pending' }
        : {
            phase: 'Running',
            podIP: address,
            startTime,
            conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
            containerStatuses: [{ name: 'main', ready, restartCount: 0, containerID: `containerd://${uid}` }],
          },
  };
}

/** The attributes of a pod of the Deployment `web`. */
function expected(name: string, address: string, more: Attributes = {}): Attributes {
  return {
    'k8s.pod.ip': address,
    'k8s.pod.name': name,
    'k8s.pod.uid': `uid-${name}`,
    'k8s.pod.start_time': earlier,
    'k8s.namespace.name': 'shop',
    'k8s.node.name': 'node-1',
    'k8s.deployment.name': 'web',
    'container.image.name': 'team/web',
    'container.image.tag': '1',
    ...more,
  };
}

test('traces, metrics and logs get the same attributes, from one watch', async () => {
  const { api, sent } = await running((each) => each.put('pods', pod({ name: 'web-1', address: '10.0.0.1' })));
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    expect(await sent({ 'k8s.pod.ip': '10.0.0.1' }, signal)).toEqual(expected('web-1', '10.0.0.1'));
    expect(await sent({ 'k8s.pod.ip': '10.0.0.9' }, signal)).toEqual({ 'k8s.pod.ip': '10.0.0.9' });
  }
  expect(api.watching).toBe(1);
});

test('a pod that is not ready, or ends, sends still: it is known until its time of grace is over', async () => {
  const { api, world, sent, known } = await running(
    (each) => each.put('pods', pod({ name: 'web-1', address: '10.0.0.1', ready: false })),
    { pod_delete_grace_period: '10s' },
  );
  const web = expected('web-1', '10.0.0.1');
  const address = { 'k8s.pod.ip': '10.0.0.1' };
  expect(await sent(address)).toEqual(web);
  api.put('pods', pod({ name: 'web-1', address: '10.0.0.1', ready: true }));
  await known('updated', 1);
  expect(await sent(address)).toEqual(web);
  api.put('pods', pod({ name: 'web-1', address: '10.0.0.1', ready: false, ends: true }));
  await known('updated', 2);
  expect(await sent(address)).toEqual(web);
  api.remove('pods', 'web-1', 'shop');
  await known('deleted', 1);
  expect(await sent(address)).toEqual(web);
  await world.clock.pass(10_000);
  expect(await sent(address)).toEqual(address);
});

test('each pod of a Deployment that is scaled up and down has its own attributes', async () => {
  const { api, world, sent, known } = await running(
    (each) => each.put('pods', pod({ name: 'web-1', address: '10.0.0.1' })),
    { pod_delete_grace_period: '10s' },
  );
  const each = async (): Promise<readonly Attributes[]> => {
    const found: Attributes[] = [];
    for (const n of [1, 2, 3]) found.push(await sent({ 'k8s.pod.ip': `10.0.0.${n}` }));
    return found;
  };
  const first = expected('web-1', '10.0.0.1');
  const none = ['10.0.0.2', '10.0.0.3'].map((address) => ({ 'k8s.pod.ip': address }));
  expect(await each()).toEqual([first, ...none]);
  // They come without an address, which they get on their node.
  for (const name of ['web-2', 'web-3']) api.put('pods', pod({ name, startTime: later }));
  await known('added', 3);
  expect(await each()).toEqual([first, ...none]);
  for (const n of [2, 3]) api.put('pods', pod({ name: `web-${n}`, address: `10.0.0.${n}`, startTime: later }));
  await known('updated', 2);
  const grown = [2, 3].map((n) => expected(`web-${n}`, `10.0.0.${n}`, { 'k8s.pod.start_time': later }));
  expect(await each()).toEqual([first, ...grown]);
  for (const name of ['web-2', 'web-3']) api.remove('pods', name, 'shop');
  await known('deleted', 2);
  expect(await each()).toEqual([first, ...grown]);
  await world.clock.pass(10_000);
  expect(await each()).toEqual([first, ...none]);
});

test('a rolling replacement: old and new pods are known together, an address is of the one that has it', async () => {
  const { api, world, sent, known } = await running(
    (each) => {
      each.put('pods', pod({ name: 'old-1', address: '10.0.0.1' }));
      each.put('pods', pod({ name: 'old-2', address: '10.0.0.2' }));
    },
    { pod_delete_grace_period: '60s' },
  );
  const at = (address: string): Promise<Attributes> => sent({ 'k8s.pod.ip': address });
  const renewed = (name: string, address: string, startTime = later): Attributes =>
    expected(name, address, { 'k8s.pod.start_time': startTime, 'container.image.tag': '2' });
  const fresh = { owner: newSet, image: 'team/web:2', startTime: later };
  // One more than wanted, before the first of the old ones ends.
  api.put('pods', pod({ name: 'new-1', address: '10.0.0.3', ...fresh }));
  await known('added', 3);
  expect(await at('10.0.0.1')).toEqual(expected('old-1', '10.0.0.1'));
  expect(await at('10.0.0.3')).toEqual(renewed('new-1', '10.0.0.3'));
  api.put('pods', pod({ name: 'old-1', address: '10.0.0.1', ready: false, ends: true }));
  await known('updated', 1);
  expect(await at('10.0.0.1')).toEqual(expected('old-1', '10.0.0.1'));
  api.remove('pods', 'old-1', 'shop');
  await known('deleted', 1);
  // Its address goes to the next one at once, within its time of grace.
  const latest = '2026-01-02T04:00:30Z';
  api.put('pods', pod({ name: 'new-2', address: '10.0.0.1', ...fresh, startTime: latest }));
  await known('added', 4);
  expect(await at('10.0.0.1')).toEqual(renewed('new-2', '10.0.0.1', latest));
  expect(await at('10.0.0.2')).toEqual(expected('old-2', '10.0.0.2'));
  // A late word about a pod that ended, from before its address was given away, takes nothing back.
  api.put('pods', pod({ name: 'old-2', address: '10.0.0.1', ready: false, ends: true }));
  await known('updated', 2);
  expect(await at('10.0.0.1')).toEqual(renewed('new-2', '10.0.0.1', latest));
  api.remove('pods', 'old-2', 'shop');
  await known('deleted', 2);
  await world.clock.pass(60_000);
  expect(await at('10.0.0.1')).toEqual(renewed('new-2', '10.0.0.1', latest));
  expect(await at('10.0.0.2')).toEqual({ 'k8s.pod.ip': '10.0.0.2' });
  expect(await at('10.0.0.3')).toEqual(renewed('new-1', '10.0.0.3'));
});

test('a pod of a StatefulSet that is replaced keeps its name, and has another UID and address', async () => {
  const source = (name: string): object => ({ from: 'resource_attribute', name });
  const { api, world, sent, known } = await running(
    (each) => each.put('pods', pod({ name: 'db-0', uid: 'uid-a', address: '10.0.0.1', owner: set })),
    {
      pod_delete_grace_period: '60s',
      extract: { metadata: ['k8s.pod.uid', 'k8s.pod.ip', 'k8s.statefulset.name', 'container.id'] },
      pod_association: [
        { sources: [source('k8s.pod.uid')] },
        { sources: [source('k8s.namespace.name'), source('k8s.pod.name')] },
        { sources: [source('k8s.pod.ip')] },
      ],
    },
  );
  const of = (uid: string, address: string): Attributes => ({
    'k8s.pod.uid': uid,
    'k8s.pod.ip': address,
    'k8s.statefulset.name': 'db',
    'container.id': uid,
  });
  const named = { 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'db-0' };
  expect(await sent(named)).toEqual({ ...named, ...of('uid-a', '10.0.0.1') });
  api.remove('pods', 'db-0', 'shop');
  await known('deleted', 1);
  // Until the next one has started the name is that of the one before.
  api.put('pods', pod({ name: 'db-0', uid: 'uid-b', owner: set, startTime: later }));
  await known('added', 2);
  expect(await sent(named)).toEqual({ ...named, ...of('uid-a', '10.0.0.1') });
  api.put('pods', pod({ name: 'db-0', uid: 'uid-b', address: '10.0.0.2', owner: set, startTime: later }));
  await known('updated', 1);
  expect(await sent(named)).toEqual({ ...named, ...of('uid-b', '10.0.0.2') });
  expect(await sent({ 'k8s.pod.uid': 'uid-a' })).toEqual(of('uid-a', '10.0.0.1'));
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual(of('uid-a', '10.0.0.1'));
  await world.clock.pass(60_000);
  expect(await sent(named)).toEqual({ ...named, ...of('uid-b', '10.0.0.2') });
  expect(await sent({ 'k8s.pod.uid': 'uid-a' })).toEqual({ 'k8s.pod.uid': 'uid-a' });
});
