import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { spanOf, startPodAttributes, webPod, type Attributes } from '../../../test/support/pod-attributes.js';
import { emptyContext } from '../../component/consumer.js';
import type { StatusEvent } from '../../component/status.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const started = startPodAttributes.bind(undefined, stops);

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
  const { sent } = await started({}, (api) => api.put('pods', webPod('web', '10.0.0.1')));
  expect(await sent({}, '10.0.0.1:55555')).toEqual({ 'k8s.pod.ip': '10.0.0.1', ...standard });
  expect(await sent({}, '[::ffff:10.0.0.1]:55555')).toEqual({ 'k8s.pod.ip': '10.0.0.1', ...standard });
});

test.each<[string, Attributes]>([
  ['k8s.pod.ip', { 'k8s.pod.ip': '10.0.0.1' }],
  ['ip', { ip: '10.0.0.1' }],
  ['an address in host.name', { 'host.name': '10.0.0.1' }],
])('without an association %s finds the pod', async (_what, attributes) => {
  const { sent } = await started({}, (api) => api.put('pods', webPod('web', '10.0.0.1')));
  expect(await sent(attributes)).toEqual({ ...attributes, ...standard });
});

test('a host name is no address, whatever pod has that name', async () => {
  const { sent } = await started({}, (api) =>
    api.put('pods', webPod('web', '10.0.0.1', { spec: { hostname: 'web' } })),
  );
  expect(await sent({ 'host.name': 'web' })).toEqual({ 'host.name': 'web' });
});

test('what the sender has set stays, unless it is empty', async () => {
  const { sent } = await started({}, (api) => api.put('pods', webPod('web', '10.0.0.1')));
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
    (api) => api.put('pods', webPod('web', '10.0.0.1')),
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
    api.put('pods', webPod('web', '10.0.0.1', { status }));
  });
  const web = { 'k8s.pod.name': 'web' };
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(web);
  expect(await sent({ 'host.name': 'fd00::1' })).toMatchObject({ ...web, 'k8s.pod.ip': '10.0.0.1' });
});

test("pods on the host's network are not found by address", async () => {
  const { sent } = await started({}, (api) =>
    api.put('pods', webPod('web', '10.0.0.1', { spec: { hostNetwork: true } })),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({ 'k8s.pod.ip': '10.0.0.1' });
});

test('a pod that went is known for a while, and its address then belongs to the next one', async () => {
  const { api, world, sent, until } = await started({ pod_delete_grace_period: '10s' }, (each) =>
    each.put('pods', webPod('web', '10.0.0.1')),
  );
  api.remove('pods', 'web', 'shop');
  await until(() => world.metrics['otelcol_otelsvc_k8s_pod_deleted'] === 1);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject({ 'k8s.pod.name': 'web' });
  const later = { startTime: '2026-01-02T04:00:00Z' };
  api.put('pods', webPod('next', '10.0.0.1', { status: { podIP: '10.0.0.1', ...later } }));
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
      each.put('pods', webPod('web', '10.0.0.1'));
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
      api.put('pods', webPod('web', '10.0.0.1'));
      api.put(
        'pods',
        webPod('two', '10.0.0.2', {
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
    (api) => api.put('pods', webPod('web', '10.0.0.1', more)),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toMatchObject(expected);
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
      each.put('pods', webPod('agent-1', '10.0.0.1'));
      each.put(
        'pods',
        webPod('shy', '10.0.0.2', { metadata: { annotations: { 'opentelemetry.io/k8s-processor.ignore': ' True' } } }),
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
      webPod('web', '10.0.0.1', {
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
      api.put('pods', webPod('web', '10.0.0.1'));
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
  await processor.consume(spanOf({ 'k8s.pod.ip': '10.0.0.1' }), emptyContext);
  await processor.shutdown?.(new AbortController().signal);
  expect(passed).toBe(1);
  expect(events).toEqual([
    { status: 'permanent_error', error: expect.objectContaining({ message: expect.stringContaining('no such file') }) },
  ]);
});
