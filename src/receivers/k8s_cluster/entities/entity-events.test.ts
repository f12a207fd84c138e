import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../../test/support/held-world.js';
import { clusterAccess } from '../../../../test/support/cluster-access.js';
import type { ApiObject, KubernetesApi } from '../../../../test/support/kubernetes-api.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../../test/support/log-receiver.js';
import { definition } from '../index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  readonly api: KubernetesApi;
  readonly clock: HeldClock;
  run(options?: object): Promise<RunningLogReceiver>;
  until(probe: () => boolean): Promise<void>;
}

async function world(): Promise<World> {
  const { api, options: access } = await clusterAccess(stops);
  const clock = new HeldClock();
  return {
    api,
    clock,
    async run(options = {}) {
      const running = await runLogReceiver(definition, { ...access, ...options }, { clock });
      stops.push(() => running.stop(AbortSignal.abort()));
      return running;
    },
    until: (probe) =>
      expect
        .poll(async () => {
          await clock.pass(500);
          return probe();
        })
        .toBe(true),
  };
}

const meta = (name: string, namespace?: string, more: object = {}): ApiObject['metadata'] => ({
  ...{ name, uid: `uid-${name}`, creationTimestamp: '2026-11-30T12:00:00Z' },
  ...(namespace !== undefined && { namespace }),
  ...more,
});

function pod(name: string, phase = 'Running'): ApiObject {
  return {
    metadata: meta(name, 'shop', {
      labels: { app: 'web' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', uid: 'uid-web-1' }],
    }),
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'r.example/web:7' }] },
    status: {
      phase,
      containerStatuses: [
        {
          ...{ name: 'main', containerID: `containerd://${name}-c` },
          state: { running: { startedAt: '2026-11-30T12:00:05Z' } },
        },
      ],
    },
  };
}

/** `TYPE ID STEP` of each record. */
const seen = ({ records }: RunningLogReceiver, from = 0): string[] =>
  records
    .slice(from)
    .map(({ attributes }) => {
      const [id] = Object.values(attributes['otel.entity.id'] as Record<string, string>);
      return `${String(attributes['otel.entity.type'])} ${id} ${String(attributes['otel.entity.event.type'])}`;
    })
    .toSorted();

test('objects are entities, once all kinds are known', async () => {
  const { api, run, until } = await world();
  api.put('namespaces', { metadata: meta('shop'), status: { phase: 'Active' } });
  api.put('pods', pod('a'));
  api.put('replicasets', {
    metadata: meta('web-1', 'shop', { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-web' }] }),
  });
  api.put('services', { metadata: meta('front', 'shop', { labels: { x: 'y' } }), spec: { selector: { app: 'web' } } });
  api.put('services', { metadata: meta('other', 'shop'), spec: { selector: { app: 'db' } } });
  const running = await run();
  await until(() => running.records.length > 0);
  expect(seen(running)).toEqual([
    'container a-c entity_state',
    'k8s.namespace uid-shop entity_state',
    'k8s.pod uid-a entity_state',
    'k8s.replicaset uid-web-1 entity_state',
    'k8s.service uid-front entity_state',
    'k8s.service uid-other entity_state',
  ]);
  const of = (type: string): unknown =>
    running.records.find(({ attributes }) => attributes['otel.entity.type'] === type)?.attributes;
  expect(of('k8s.pod')).toEqual({
    'otel.entity.id': { 'k8s.pod.uid': 'uid-a' },
    'otel.entity.event.type': 'entity_state',
    'otel.entity.type': 'k8s.pod',
    'otel.entity.interval': 300_000,
    'otel.entity.attributes': {
      app: 'web',
      'pod.creation_timestamp': '2026-11-30T12:00:00Z',
      'k8s.pod.name': 'a',
      'k8s.namespace.name': 'shop',
      'k8s.node.name': 'node-1',
      'k8s.pod.phase': 'Running',
      'k8s.replicaset.name': 'web-1',
      'k8s.replicaset.uid': 'uid-web-1',
      'k8s.deployment.name': 'web',
      'k8s.deployment.uid': 'uid-web',
      'k8s.workload.kind': 'Deployment',
      'k8s.workload.name': 'web',
      'k8s.service.front': '',
    },
  });
  expect(of('container')).toMatchObject({
    'otel.entity.id': { 'container.id': 'a-c' },
    'otel.entity.attributes': {
      'container.status': 'running',
      'container.creation_timestamp': '2026-11-30T12:00:05Z',
      'container.image.name': 'r.example/web',
      'container.image.tag': '7',
      'k8s.container.name': 'main',
      'k8s.pod.name': 'a',
      'k8s.pod.uid': 'uid-a',
      'k8s.namespace.name': 'shop',
      'k8s.node.name': 'node-1',
    },
  });
  expect(of('k8s.namespace')).toMatchObject({
    'otel.entity.attributes': {
      'k8s.namespace.name': 'shop',
      'k8s.namespace.creation_timestamp': '2026-11-30T12:00:00Z',
      'k8s.namespace.phase': 'active',
    },
  });
  expect(of('k8s.service')).toMatchObject({
    'otel.entity.attributes': {
      'k8s.service.name': 'front',
      'k8s.service.label.x': 'y',
      'k8s.service.selector.app': 'web',
    },
  });
  expect(running.records.every(({ time, body }) => time !== undefined && (body ?? null) === null)).toBe(true);
});

test('changes come, and what is gone, but nothing that is as it was', async () => {
  const { api, run, until } = await world();
  api.put('pods', pod('a'));
  api.put('nodes', { metadata: meta('node-1'), status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const running = await run({ metadata_collection_interval: '0s' });
  await until(() => running.records.length === 3);
  expect(running.records[0]?.attributes['otel.entity.interval']).toBeUndefined();
  // A heartbeat.
  api.put('nodes', {
    metadata: meta('node-1'),
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-30T12:05:00Z' }] },
  });
  api.put('pods', pod('a', 'Failed'));
  await until(() => running.records.length === 4);
  expect(seen(running, 3)).toEqual(['k8s.pod uid-a entity_state']);
  api.remove('pods', 'a', 'shop');
  await until(() => running.records.length === 6);
  expect(seen(running, 4)).toEqual(['container a-c entity_delete', 'k8s.pod uid-a entity_delete']);
  expect(running.records.at(-1)?.attributes['otel.entity.attributes']).toBeUndefined();
});

test('at the interval the state of all comes', async () => {
  const { api, run, until, clock } = await world();
  api.put('pods', pod('a'));
  api.put('namespaces', { metadata: meta('kube-system') });
  const running = await run({
    metadata_collection_interval: '1m',
    resource_attributes: { 'k8s.cluster.uid': { enabled: true } },
  });
  await until(() => running.records.length === 3);
  await clock.pass(61_000);
  await until(() => running.records.length === 6);
  expect(seen(running, 3)).toEqual(
    seen(running)
      .slice(0, 6)
      .filter((_, i) => i % 2 === 0),
  );
  expect(running.records.at(-1)?.resource).toEqual({ 'k8s.cluster.uid': 'uid-kube-system' });
});

test('a kind that may not be read keeps nothing else back', async () => {
  const { api, run, until } = await world();
  api.put('pods', pod('a'));
  api.denied.add('list services');
  const running = await run();
  await until(() => running.records.length === 2);
  expect(running.reports.at(-1)).toContain('recoverable_error: services: ');
});

test('with namespaces only those are read', async () => {
  const { api, run, until } = await world();
  api.put('pods', pod('a'));
  api.put('pods', { ...pod('b'), metadata: meta('b', 'bank') });
  api.put('namespaces', { metadata: meta('shop') });
  const running = await run({ namespaces: ['shop'] });
  await until(() => running.records.length > 0);
  expect(seen(running)).toEqual(['container a-c entity_state', 'k8s.pod uid-a entity_state']);
});
