import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { KubernetesApi, type ApiObject } from '../../../test/support/kubernetes-api.js';
import { emptyContext } from '../../component/consumer.js';
import type { Host } from '../../component/lifecycle.js';
import type { StatusEvent } from '../../component/status.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { protoToJson } from '../../otlp/json/encode.js';
import { validate } from '../../otlp/wire/validate.js';
import { metadataNames } from './extract/metadata-names.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

type Attributes = Readonly<Record<string, unknown>>;

interface World {
  readonly api: KubernetesApi;
  readonly world: HeldWorld;
  /** The attributes of a resource behind the processor. */
  sent(attributes: Attributes, peer?: string): Promise<Attributes>;
  until(probe: () => boolean): Promise<void>;
}

const newer = 'processor.k8sattributes.EmitV1K8sConventions';
const withoutOlder = 'processor.k8sattributes.DontEmitV0K8sConventions';

async function started(
  options: object,
  prepare: (api: KubernetesApi) => void = () => {},
  host: Host = hostWith(),
  gates: readonly string[] = [newer, withoutOlder],
): Promise<World> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  prepare(api);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-k8s-attributes-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const kube_config_path = path.join(folder, 'config');
  fs.writeFileSync(
    kube_config_path,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  const world = heldWorld({ gates: new Set(gates) });
  const { clock, context } = world;
  const until: World['until'] = (probe) =>
    expect
      .poll(async () => {
        await clock.pass(50);
        return probe();
      })
      .toBe(true);
  let last: Batch | undefined;
  const config = definition.config.parse({
    auth_type: 'kubeConfig',
    kube_config_path,
    watch_sync_period: 0,
    ...options,
  });
  const processor = await definition.create(config, context, {
    consume: async (batch) => void (last = batch.own()),
  });
  let isReady = false;
  void processor.start?.(host);
  stops.push(() => processor.shutdown?.(new AbortController().signal));
  if (!config.passthrough) await until(() => (isReady ||= api.watching >= 1));
  return {
    api,
    world,
    until,
    async sent(attributes, peer) {
      const batch = batchOf(attributes);
      await processor.consume(batch, { ...emptyContext, peer });
      return attributesOf(last);
    },
  };
}

function batchOf(attributes: Attributes): Batch {
  const list = Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
  const request = {
    resourceSpans: [
      {
        resource: { attributes: list },
        scopeSpans: [{ spans: [{ traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'span' }] }],
      },
    ],
  };
  return validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(request))));
}

function attributesOf(batch: Batch | undefined): Attributes {
  const read = JSON.parse(Buffer.from(protoToJson('traces', batch?.bytes ?? new Uint8Array())).toString()) as {
    resourceSpans: { resource: { attributes?: { key: string; value: Record<string, unknown> }[] } }[];
  };
  return Object.fromEntries(
    (read.resourceSpans[0]?.resource.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}

function pod(
  name: string,
  address: string,
  more: { metadata?: object; spec?: object; status?: object } = {},
): ApiObject {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { app: name, 'app.kubernetes.io/version': '1.2', 'pod-template-hash': '6d4cf56db6' },
      annotations: { team: 'blue' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-6d4cf56db6', uid: 'uid-rs' }],
      ...more.metadata,
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: 'registry:5000/team/web:1.2@sha256:abc' }],
      ...more.spec,
    },
    status: {
      podIP: address,
      startTime: '2026-01-02T03:04:09Z',
      containerStatuses: [
        {
          name: 'main',
          restartCount: 2,
          containerID: 'containerd://c-two',
          imageID: 'docker-pullable://team/web@sha256:abc',
          lastState: { terminated: { containerID: 'containerd://c-one' } },
        },
      ],
      ...more.status,
    },
  };
}

const standard = {
  'k8s.pod.name': 'web',
  'k8s.pod.uid': 'uid-web',
  'k8s.pod.start_time': '2026-01-02T03:04:05Z',
  'k8s.namespace.name': 'shop',
  'k8s.node.name': 'node-1',
  'k8s.deployment.name': 'web',
  'container.image.name': 'registry:5000/team/web',
  'container.image.tags': { values: [{ stringValue: '1.2' }] },
};

test('the usual attributes, by the address of the sender', async () => {
  const { sent } = await started({}, (api) => api.put('pods', pod('web', '10.0.0.1')));
  expect(await sent({}, '10.0.0.1:55555')).toEqual({ 'k8s.pod.ip': '10.0.0.1', ...standard });
  expect(await sent({}, '[::ffff:10.0.0.1]:55555')).toEqual({ 'k8s.pod.ip': '10.0.0.1', ...standard });
});

test.each<[string, Attributes]>([
  ['k8s.pod.ip', { 'k8s.pod.ip': '10.0.0.1' }],
  ['ip', { ip: '10.0.0.1' }],
  ['an address in host.name', { 'host.name': '10.0.0.1' }],
])('without an association %s finds the pod', async (_what, attributes) => {
  const { sent } = await started({}, (api) => api.put('pods', pod('web', '10.0.0.1')));
  expect(await sent(attributes)).toEqual({ ...attributes, ...standard });
});

test('a host name is no address, whatever pod has that name', async () => {
  const { sent } = await started({}, (api) => api.put('pods', pod('web', '10.0.0.1', { spec: { hostname: 'web' } })));
  expect(await sent({ 'host.name': 'web' })).toEqual({ 'host.name': 'web' });
});

test('what the sender has set stays, unless it is empty', async () => {
  const { sent } = await started({}, (api) => api.put('pods', pod('web', '10.0.0.1')));
  const found = await sent({ 'k8s.pod.ip': '10.0.0.1', 'k8s.pod.name': 'mine', 'k8s.node.name': '' });
  expect(found).toEqual({ 'k8s.pod.ip': '10.0.0.1', ...standard, 'k8s.pod.name': 'mine' });
});

test('the first association whose sources are all there decides, also when it finds nothing', async () => {
  const association = (name: string): object => ({ sources: [{ from: 'resource_attribute', name }] });
  const { sent } = await started(
    {
      pod_association: [
        {
          sources: [
            { from: 'resource_attribute', name: 'k8s.namespace.name' },
            { from: 'resource_attribute', name: 'k8s.pod.name' },
          ],
        },
        association('k8s.pod.uid'),
        association('k8s.pod.ip'),
      ],
      extract: { metadata: ['k8s.node.name'] },
    },
    (api) => api.put('pods', pod('web', '10.0.0.1')),
  );
  const node = { 'k8s.node.name': 'node-1' };
  expect(await sent({ 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'web' })).toMatchObject(node);
  expect(await sent({ 'k8s.pod.uid': 'uid-web' })).toMatchObject(node);
  expect(await sent({ 'k8s.pod.name': 'web', 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(node);
  expect(await sent({ 'k8s.pod.uid': 'another', 'k8s.pod.ip': '10.0.0.1' })).not.toHaveProperty('k8s.node.name');
});

test('a pod of two stacks is found by either address, and its first one is its IP', async () => {
  const status = { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] };
  const { sent } = await started({ extract: { metadata: ['k8s.pod.name', 'k8s.pod.ip'] } }, (api) => {
    api.put('pods', pod('web', '10.0.0.1', { status }));
  });
  const web = { 'k8s.pod.name': 'web' };
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(web);
  expect(await sent({ 'host.name': 'fd00::1' })).toMatchObject({ ...web, 'k8s.pod.ip': '10.0.0.1' });
});

test("pods on the host's network are not found by address", async () => {
  const { sent } = await started({}, (api) => api.put('pods', pod('web', '10.0.0.1', { spec: { hostNetwork: true } })));
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({ 'k8s.pod.ip': '10.0.0.1' });
});

test('a pod that went is known for a while, and its address then belongs to the next one', async () => {
  const { api, world, sent, until } = await started({ pod_delete_grace_period: '10s' }, (each) =>
    each.put('pods', pod('web', '10.0.0.1')),
  );
  api.remove('pods', 'web', 'shop');
  await until(() => world.metrics['otelcol_otelsvc_k8s_pod_deleted'] === 1);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject({ 'k8s.pod.name': 'web' });
  const later = { startTime: '2026-01-02T04:00:00Z' };
  api.put('pods', pod('next', '10.0.0.1', { status: { podIP: '10.0.0.1', ...later } }));
  await until(() => world.metrics['otelcol_otelsvc_k8s_pod_added'] === 2);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject({ 'k8s.pod.name': 'next' });
  await world.clock.pass(10_000);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject({ 'k8s.pod.name': 'next' });
  api.remove('pods', 'next', 'shop');
  await until(() => world.metrics['otelcol_otelsvc_k8s_pod_deleted'] === 2);
  await world.clock.pass(10_000);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({ 'k8s.pod.ip': '10.0.0.1' });
  expect(world.metrics['otelcol_otelsvc_k8s_ip_lookup_miss']).toBe(1);
});

test('labels and annotations of the pod, its namespace, node and workload', async () => {
  const { sent, until, api } = await started(
    {
      extract: {
        metadata: ['k8s.deployment.uid'],
        labels: [
          { key: 'app' },
          { tag_name: 'team', key: 'owner', from: 'namespace' },
          { tag_name: '$1', key_regex: 'app\\.kubernetes\\.io/(.*)' },
          { key: 'zone', from: 'node' },
          { key: 'tier', from: 'deployment' },
        ],
        annotations: [{ key_regex: 'te.m' }],
      },
    },
    (each) => {
      each.put('pods', pod('web', '10.0.0.1'));
      each.put('namespaces', { metadata: { name: 'shop', uid: 'uid-ns', labels: { owner: 'red' } } });
      each.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node', labels: { zone: 'z1' } } });
      each.put('replicasets', {
        metadata: {
          name: 'web-6d4cf56db6',
          namespace: 'shop',
          uid: 'uid-rs',
          ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-deployment' }],
        },
      });
      each.put('deployments', {
        metadata: { name: 'web', namespace: 'shop', uid: 'uid-deployment', labels: { tier: 'front' } },
      });
    },
  );
  await until(() => api.watching === 5);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    'k8s.deployment.uid': 'uid-deployment',
    'k8s.pod.label.app': 'web',
    team: 'red',
    version: '1.2',
    'k8s.node.label.zone': 'z1',
    'k8s.deployment.label.tier': 'front',
    'k8s.pod.annotation.team': 'blue',
  });
  // Also without a pod, where a resource names its namespace.
  expect(await sent({ 'k8s.namespace.name': 'shop' })).toEqual({ 'k8s.namespace.name': 'shop', team: 'red' });
  api.put('namespaces', { metadata: { name: 'shop', uid: 'uid-ns', labels: { owner: 'green' } } });
  await expect.poll(async () => (await sent({ 'k8s.pod.ip': '10.0.0.1' }))['team']).toBe('green');
});

test('containers by name, by ID, by the number of a start, and the only one', async () => {
  const { sent } = await started(
    { extract: { metadata: ['k8s.container.name', 'container.id', 'container.image.repo_digests'] } },
    (api) => {
      api.put('pods', pod('web', '10.0.0.1'));
      api.put(
        'pods',
        pod('two', '10.0.0.2', {
          spec: {
            containers: [
              { name: 'main', image: 'a' },
              { name: 'side', image: 'b' },
            ],
          },
        }),
      );
    },
  );
  const main = { 'k8s.container.name': 'main', 'container.id': 'c-two' };
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(main);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1', 'k8s.container.name': 'main' })).toMatchObject(main);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1', 'container.id': 'c-one' })).toMatchObject({
    'k8s.container.name': 'main',
    'container.id': 'c-one',
  });
  expect(
    await sent({ 'k8s.pod.ip': '10.0.0.1', 'k8s.container.name': 'main', 'k8s.container.restart_count': 1 }),
  ).toMatchObject({ 'container.id': 'c-one' });
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1', 'k8s.container.name': 'none' })).not.toHaveProperty('container.id');
  expect(await sent({ 'k8s.pod.ip': '10.0.0.2' })).toEqual({ 'k8s.pod.ip': '10.0.0.2' });
  const digests = (await sent({ 'k8s.pod.ip': '10.0.0.1' }))['container.image.repo_digests'];
  expect(digests).toEqual({ values: [{ stringValue: 'team/web@sha256:abc' }] });
});

test.each<[string, object, Attributes]>([
  [
    'annotations',
    {
      metadata: {
        annotations: {
          'resource.opentelemetry.io/service.name': 'a',
          'resource.opentelemetry.io/service.version': 'v',
        },
      },
    },
    { 'service.name': 'a', 'service.version': 'v' },
  ],
  [
    'the instance label',
    { metadata: { labels: { 'app.kubernetes.io/instance': 'i', 'app.kubernetes.io/name': 'n' } } },
    { 'service.name': 'i' },
  ],
  [
    'the name label',
    { metadata: { labels: { 'app.kubernetes.io/name': 'n' } } },
    { 'service.name': 'n', 'service.version': '1.2@sha256:abc' },
  ],
  [
    'the deployment',
    {},
    {
      'service.name': 'web',
      'service.version': '1.2',
      'service.namespace': 'shop',
      'service.instance.id': 'shop.web.main',
    },
  ],
  [
    'a CronJob',
    {
      metadata: {
        creationTimestamp: '2025-02-19T21:20:07Z',
        ownerReferences: [{ kind: 'Job', name: 'nightly-29000000', uid: 'j' }],
      },
    },
    { 'service.name': 'nightly', 'k8s.cronjob.name': 'nightly', 'k8s.job.name': 'nightly-29000000' },
  ],
  ['the pod itself', { metadata: { ownerReferences: [] } }, { 'service.name': 'web' }],
])('the service is named by %s', async (_what, more, expected) => {
  const { sent } = await started(
    {
      extract: {
        metadata: [
          'service.namespace',
          'service.name',
          'service.version',
          'service.instance.id',
          'k8s.cronjob.name',
          'k8s.job.name',
        ],
      },
    },
    (api) => api.put('pods', pod('web', '10.0.0.1', more)),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(expected);
});

test.each<[string, object, string | undefined, string | undefined]>([
  ['a ReplicaSet of a Deployment', { labels: { 'pod-template-hash': '6d4cf56db6' } }, 'web', undefined],
  ['one whose name has hyphens', owned('ReplicaSet', 'a-b-7f9', { 'pod-template-hash': '7f9' }), 'a-b', undefined],
  ['a ReplicaSet without a Deployment', owned('ReplicaSet', 'web-6d4cf56db6', {}), undefined, undefined],
  [
    'one with the label of another',
    owned('ReplicaSet', 'web-canary', { 'pod-template-hash': 'c' }),
    undefined,
    undefined,
  ],
  ['a job that was due then', owned('Job', 'nightly-29000000'), undefined, 'nightly'],
  ['a job that came a day late', owned('Job', 'nightly-28998560'), undefined, 'nightly'],
  ['a job that is older', owned('Job', 'nightly-28998559'), undefined, undefined],
  ['a job with a date', owned('Job', 'import-20250219'), undefined, undefined],
  ['a job with a number', owned('Job', 'import-7'), undefined, undefined],
])('the name above %s', async (_what, metadata, deployment, cronJob) => {
  const { sent } = await started({ extract: { metadata: ['k8s.deployment.name', 'k8s.cronjob.name'] } }, (api) =>
    api.put('pods', pod('web', '10.0.0.1', { metadata: { creationTimestamp: '2025-02-19T21:20:59Z', ...metadata } })),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    ...(deployment !== undefined && { 'k8s.deployment.name': deployment }),
    ...(cronJob !== undefined && { 'k8s.cronjob.name': cronJob }),
  });
});

test('a ReplicaSet that was read says itself what made it', async () => {
  const { api, sent, until } = await started(
    { extract: { deployment_name_from_replicaset: false, metadata: ['k8s.deployment.name'] } },
    (each) => {
      each.put('pods', pod('web', '10.0.0.1'));
      each.put('replicasets', { metadata: { name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs' } });
    },
  );
  await until(() => api.watching === 2);
  const address = { 'k8s.pod.ip': '10.0.0.1' };
  expect(await sent(address)).toEqual(address);
  const ownerReferences = [{ kind: 'Deployment', name: 'front', uid: 'uid-front' }];
  api.put('replicasets', { metadata: { name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs', ownerReferences } });
  await expect.poll(() => sent(address)).toEqual({ ...address, 'k8s.deployment.name': 'front' });
});

/** Metadata of a pod that something else than the Deployment `web` made. */
function owned(kind: string, name: string, labels: object = {}): object {
  return { labels, ownerReferences: [{ kind, name, uid: `uid-${name}` }] };
}

/** Everything that pods refer to, in a cluster that has one of each. */
function clusterOfAll(api: KubernetesApi): void {
  const marked = { labels: { tier: 'data' }, annotations: { note: 'n' } };
  const of = (name: string, more: object = {}): ApiObject => ({
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...marked, ...more },
  });
  api.put('namespaces', { metadata: { name: 'kube-system', uid: 'uid-cluster' } });
  api.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node' } });
  api.put('replicasets', {
    metadata: {
      ...{ name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-deployment' }],
    },
  });
  api.put('statefulsets', of('db'));
  api.put('daemonsets', of('agent'));
  const ownerReferences = [{ kind: 'CronJob', name: 'each-night', uid: 'uid-cron' }];
  api.put('jobs', of('nightly-29000000', { ownerReferences }));
}

const ofEachKind = ['statefulset', 'daemonset', 'job'].map((from) => ({ from }));
const everything = {
  metadata: metadataNames,
  labels: ofEachKind.map((each) => ({ ...each, key: 'tier' })),
  annotations: ofEachKind.map((each) => ({ ...each, key_regex: 'no.*' })),
};

test.each<[string, object, Attributes]>([
  [
    'a Deployment',
    {},
    {
      'k8s.replicaset.name': 'web-6d4cf56db6',
      'k8s.replicaset.uid': 'uid-rs',
      'k8s.deployment.name': 'web',
      'k8s.deployment.uid': 'uid-deployment',
      'service.name': 'web',
    },
  ],
  [
    'a StatefulSet',
    owned('StatefulSet', 'db'),
    {
      'k8s.statefulset.name': 'db',
      'k8s.statefulset.uid': 'uid-db',
      'k8s.statefulset.label.tier': 'data',
      'k8s.statefulset.annotation.note': 'n',
      'service.name': 'db',
    },
  ],
  [
    'a DaemonSet',
    owned('DaemonSet', 'agent'),
    {
      'k8s.daemonset.name': 'agent',
      'k8s.daemonset.uid': 'uid-agent',
      'k8s.daemonset.label.tier': 'data',
      'k8s.daemonset.annotation.note': 'n',
      'service.name': 'agent',
    },
  ],
  [
    'a CronJob',
    owned('Job', 'nightly-29000000'),
    {
      'k8s.job.name': 'nightly-29000000',
      'k8s.job.uid': 'uid-nightly-29000000',
      'k8s.job.label.tier': 'data',
      'k8s.job.annotation.note': 'n',
      'k8s.cronjob.name': 'each-night',
      'k8s.cronjob.uid': 'uid-cron',
      'service.name': 'each-night',
    },
  ],
])('all that can be named, of a pod of %s', async (_what, metadata, expected) => {
  const { api, sent, until } = await started({ extract: everything }, (each) => {
    clusterOfAll(each);
    each.put('pods', pod('web', '10.0.0.1', { metadata, spec: { hostname: 'host' } }));
  });
  await until(() => api.watching === 7);
  const list = (value: string): object => ({ values: [{ stringValue: value }] });
  // Of the pod's own label, which only the first one has.
  const version = 'labels' in metadata ? '1.2@sha256:abc' : '1.2';
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    'k8s.pod.name': 'web',
    'k8s.pod.uid': 'uid-web',
    'k8s.pod.hostname': 'host',
    'k8s.pod.start_time': '2026-01-02T03:04:05Z',
    'k8s.namespace.name': 'shop',
    'k8s.node.name': 'node-1',
    'k8s.node.uid': 'uid-node',
    'k8s.cluster.uid': 'uid-cluster',
    'k8s.container.name': 'main',
    'container.id': 'c-two',
    'container.image.name': 'registry:5000/team/web',
    'container.image.tags': list('1.2'),
    'container.image.repo_digests': list('team/web@sha256:abc'),
    'service.namespace': 'shop',
    'service.version': version,
    'service.instance.id': 'shop.web.main',
    ...expected,
  });
});

test.each<[string, readonly string[], Attributes]>([
  [
    'older names',
    [],
    {
      'container.image.tag': '1.2',
      'k8s.pod.labels.app': 'web',
      'k8s.pod.annotations.team': 'blue',
      'k8s.namespace.labels.owner': 'red',
      'k8s.node.annotations.zone': 'z1',
    },
  ],
  [
    'both',
    [newer],
    {
      'container.image.tag': '1.2',
      'container.image.tags': { values: [{ stringValue: '1.2' }] },
      'k8s.pod.labels.app': 'web',
      'k8s.pod.label.app': 'web',
      'k8s.pod.annotations.team': 'blue',
      'k8s.pod.annotation.team': 'blue',
      'k8s.namespace.labels.owner': 'red',
      'k8s.namespace.label.owner': 'red',
      'k8s.node.annotations.zone': 'z1',
      'k8s.node.annotation.zone': 'z1',
    },
  ],
  [
    'newer names',
    [newer, withoutOlder],
    {
      'container.image.tags': { values: [{ stringValue: '1.2' }] },
      'k8s.pod.label.app': 'web',
      'k8s.pod.annotation.team': 'blue',
      'k8s.namespace.label.owner': 'red',
      'k8s.node.annotation.zone': 'z1',
    },
  ],
])('the feature gates choose %s', async (_what, gates, expected) => {
  const { api, sent, until } = await started(
    {
      extract: {
        metadata: ['container.image.tag', 'container.image.tags'],
        labels: [
          { key: 'app' },
          { key_regex: 'own.*', from: 'namespace' },
          { key: 'tier', from: 'statefulset' },
          { tag_name: 'named', key: 'app' },
        ],
        annotations: [{ key_regex: 'te.m' }, { key: 'zone', from: 'node' }],
      },
    },
    (each) => {
      clusterOfAll(each);
      each.put('namespaces', { metadata: { name: 'shop', uid: 'uid-ns', labels: { owner: 'red', 'own.empty': '' } } });
      each.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node', annotations: { zone: 'z1' } } });
      each.put('pods', pod('web', '10.0.0.1', { metadata: { ...owned('StatefulSet', 'db', { app: 'web' }) } }));
    },
    hostWith(),
    gates,
  );
  await until(() => api.watching === 4);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    // These two have one name, whatever the gates are.
    'k8s.statefulset.label.tier': 'data',
    named: 'web',
    ...expected,
  });
});

test("excluded and ignored pods are not known, and filters are the server's work", async () => {
  const { api, sent } = await started(
    {
      exclude: { pods: [{ name: 'agent' }] },
      filter: {
        namespace: 'shop',
        node: 'node-1',
        labels: [
          { key: 'app', value: 'other', op: 'not-equals' },
          { key: 'app', op: 'exists' },
        ],
        fields: [{ key: 'status.phase', value: 'Failed', op: 'not-equals' }],
      },
    },
    (each) => {
      each.put('pods', pod('agent-1', '10.0.0.1'));
      each.put(
        'pods',
        pod('shy', '10.0.0.2', { metadata: { annotations: { 'opentelemetry.io/k8s-processor.ignore': ' True' } } }),
      );
    },
  );
  for (const ip of ['10.0.0.1', '10.0.0.2']) expect(await sent({ 'k8s.pod.ip': ip })).toEqual({ 'k8s.pod.ip': ip });
  const url = new URL(api.requests[0]?.split(' ')[1] ?? '', 'http://api');
  expect(url.pathname).toBe('/api/v1/namespaces/shop/pods');
  expect(url.searchParams.get('labelSelector')).toBe('app!=other,app');
  expect(url.searchParams.get('fieldSelector')).toBe('status.phase!=Failed,spec.nodeName=node-1');
});

test('passthrough only sets the address', async () => {
  const { sent, api } = await started({ passthrough: true });
  expect(await sent({}, '10.0.0.1:1')).toEqual({ 'k8s.pod.ip': '10.0.0.1' });
  expect(await sent({ 'k8s.pod.ip': '10.0.0.9' }, '10.0.0.1:1')).toEqual({ 'k8s.pod.ip': '10.0.0.9' });
  expect(api.requests).toEqual([]);
});

test('OpenTelemetry annotations become attributes of their names', async () => {
  const { sent } = await started({ extract: { metadata: [], otel_annotations: true } }, (api) =>
    api.put(
      'pods',
      pod('web', '10.0.0.1', {
        metadata: { annotations: { 'resource.opentelemetry.io/deployment.environment': 'test' } },
      }),
    ),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    'deployment.environment': 'test',
  });
});

test('a kind that cannot be read is an error until it can, whatever the others do', async () => {
  const events: StatusEvent[] = [];
  const world = await started(
    { extract: { metadata: ['k8s.pod.name', 'k8s.node.uid'] } },
    (api) => {
      api.denied.add('nodes');
      api.put('pods', pod('web', '10.0.0.1'));
      api.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node' } });
    },
    { ...hostWith(), report: (event) => void events.push(event) },
  );
  await world.until(() => events.length > 0);
  // Longer than successes of the pods would need to count as recovery.
  world.api.endWatches('cut');
  await world.world.clock.pass(5000);
  expect(events.at(-1)).toMatchObject({ status: 'recoverable_error' });
  expect(await world.sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({ 'k8s.pod.ip': '10.0.0.1', 'k8s.pod.name': 'web' });
  world.api.denied.clear();
  await world.until(() => events.at(-1)?.status === 'ok');
  expect(await world.sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject({ 'k8s.node.uid': 'uid-node' });
});

test('outside of a cluster data passes as it came, and the status says why', async () => {
  const events: StatusEvent[] = [];
  const { context } = heldWorld();
  let passed = 0;
  const processor = await definition.create(
    definition.config.parse({ auth_type: 'kubeConfig', kube_config_path: '/nowhere/config' }),
    context,
    { consume: async (batch) => void (passed += batch.itemCount) },
  );
  await processor.start?.({ ...hostWith(), report: (event) => void events.push(event) });
  await processor.consume(batchOf({ 'k8s.pod.ip': '10.0.0.1' }), emptyContext);
  await processor.shutdown?.(new AbortController().signal);
  expect(passed).toBe(1);
  expect(events).toEqual([
    { status: 'permanent_error', error: expect.objectContaining({ message: expect.stringContaining('no such file') }) },
  ]);
});
