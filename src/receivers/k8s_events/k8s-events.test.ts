import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { clusterAccess } from '../../../test/support/cluster-access.js';
import type { ApiObject, KubernetesApi } from '../../../test/support/kubernetes-api.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { damaging, MemoryStorage } from '../../../test/support/storage.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ElectionCandidate } from '../../component/leader-election.js';
import type { Storage } from '../../component/storage.js';
import { Succession } from '../../component/succession.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  readonly api: KubernetesApi;
  readonly clock: HeldClock;
  run(options?: object, more?: Parameters<typeof runLogReceiver>[2]): Promise<RunningLogReceiver>;
  until(probe: () => boolean): Promise<void>;
}

async function world(): Promise<World> {
  const { api, options: access } = await clusterAccess(stops);
  const clock = new HeldClock();
  return {
    api,
    clock,
    async run(options = {}, more = {}) {
      const all = { ...access, ...options };
      const running = await runLogReceiver(definition, all, { clock, ...more });
      stops.push(() => running.stop(AbortSignal.abort()));
      return running;
    },
    until: (probe) =>
      expect
        .poll(async () => {
          await clock.pass(100);
          return probe();
        })
        .toBe(true),
  };
}

function event(name: string, more: object = {}, namespace = 'shop'): ApiObject {
  return {
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: '2026-11-30T12:00:00Z' },
    involvedObject: { kind: 'Pod', namespace, name: 'web-1' },
    reason: 'BackOff',
    message: name,
    type: 'Warning',
    ...more,
  };
}

const names = (running: RunningLogReceiver): string =>
  running.records.map(({ attributes }) => String(attributes['k8s.event.name'])).join(' ');

test('an event is a record with all that it says', async () => {
  const { api, run, until } = await world();
  api.put('events', event('old'));
  const running = await run();
  await until(() => api.watching === 1);
  api.put('events', {
    metadata: { name: 'web-1.17', namespace: 'shop', uid: 'u-17', creationTimestamp: '2026-11-30T12:00:00+01:00' },
    involvedObject: {
      ...{ kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u-1', apiVersion: 'v1', resourceVersion: '7' },
      fieldPath: 'spec.containers{main}',
    },
    ...{ reason: 'BackOff', message: 'Back-off restarting failed container', type: 'Warning', action: 'Restart' },
    ...{ count: 3, firstTimestamp: '2026-11-30T11:00:00Z', lastTimestamp: '2026-11-30T11:05:00Z', eventTime: null },
    source: { component: 'kubelet', host: 'node-1' },
    reportingComponent: 'kubelet',
    reportingInstance: 'node-1',
  });
  await until(() => running.records.length === 1);
  expect(running.records[0]).toEqual({
    time: String(BigInt(Date.parse('2026-11-30T11:05:00Z')) * 1_000_000n),
    severity: 13,
    severityText: 'Warning',
    resource: {
      'k8s.node.name': 'node-1',
      'k8s.object.kind': 'Pod',
      'k8s.object.name': 'web-1',
      'k8s.object.uid': 'u-1',
      'k8s.object.fieldpath': 'spec.containers{main}',
      'k8s.object.api_version': 'v1',
      'k8s.object.resource_version': '7',
    },
    attributes: {
      'k8s.event.reason': 'BackOff',
      'k8s.event.action': 'Restart',
      'k8s.event.start_time': '2026-11-30 11:00:00 +0000 UTC',
      'k8s.event.name': 'web-1.17',
      'k8s.event.uid': 'u-17',
      'k8s.namespace.name': 'shop',
      'k8s.event.reporting_controller': 'kubelet',
      'k8s.event.reporting_instance': 'node-1',
      'k8s.event.count': 3,
    },
    body: 'Back-off restarting failed container',
  });
});

test('what an event does not say is empty, and its time is the next best', async () => {
  const { api, run, until } = await world();
  const running = await run();
  await until(() => api.watching === 1);
  api.put('events', { metadata: { name: 'bare', namespace: 'shop', uid: 'u' }, count: 0, type: 'Odd' });
  api.put('events', event('created', { type: 'NORMAL' }));
  api.put('events', event('first', { firstTimestamp: '2026-11-30T12:00:01Z', type: 'Error' }));
  api.put('events', event('micro', { eventTime: '2026-11-30T12:00:02.123456Z', type: 'critical', count: 1.5 }));
  await until(() => running.records.length === 4);
  expect(running.records.map(({ time, severity, severityText }) => [time, severity, severityText])).toEqual([
    [undefined, 0, ''],
    [String(BigInt(Date.parse('2026-11-30T12:00:00Z')) * 1_000_000n), 9, 'NORMAL'],
    [String(BigInt(Date.parse('2026-11-30T12:00:01Z')) * 1_000_000n), 17, 'Error'],
    [String(BigInt(Date.parse('2026-11-30T12:00:02Z')) * 1_000_000n + 123_456_000n), 21, 'critical'],
  ]);
  expect(running.records[0]?.attributes).toEqual({
    'k8s.event.reason': '',
    'k8s.event.action': '',
    'k8s.event.start_time': '0001-01-01 00:00:00 +0000 UTC',
    'k8s.event.name': 'bare',
    'k8s.event.uid': 'u',
    'k8s.namespace.name': '',
    'k8s.event.reporting_controller': '',
    'k8s.event.reporting_instance': '',
  });
  expect(running.records[0]?.resource['k8s.object.kind']).toBe('');
});

test('only events of the namespaces come, changes too and deletions not', async () => {
  const { api, run, until } = await world();
  const running = await run({ namespaces: ['shop', 'bank', 'shop'] });
  await until(() => api.watching === 2);
  api.put('events', event('a'));
  api.put('events', event('b', {}, 'other'));
  api.put('events', event('c', {}, 'bank'));
  await until(() => running.records.length === 2);
  api.put('events', event('a', { count: 2 }));
  await until(() => running.records.length === 3);
  api.remove('events', 'a', 'shop');
  api.put('events', event('d'));
  await until(() => running.records.length === 4);
  expect(names(running).split(' ').toSorted()).toEqual(['a', 'a', 'c', 'd']);
});

test('of changes that repeat one in each interval comes, and new events always', async () => {
  const { api, run, until, clock } = await world();
  const running = await run({ dedup_interval: '5m' });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  for (const count of [2, 3, 4]) api.put('events', event('a', { count }));
  api.put('events', event('b'));
  await until(() => names(running).endsWith('b'));
  expect(names(running)).toBe('a a b');
  expect(running.records[1]?.attributes['k8s.event.count']).toBe(2);
  await clock.pass(300_000);
  await until(() => api.watching === 1);
  api.put('events', event('a', { count: 5 }));
  await until(() => names(running) === 'a a b a');
  expect(running.world.metrics['otelcol_k8s_events_modified_filtered']).toBe(2);
});

test('below zero no change comes', async () => {
  const { api, run, until } = await world();
  const running = await run({ dedup_interval: '-1s' });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  api.put('events', event('a', { count: 2 }));
  api.put('events', event('b'));
  await until(() => names(running) === 'a b');
});

test('with a storage nothing of the time between is missing', async () => {
  const { api, run, until } = await world();
  const storage = new MemoryStorage();
  const extensions = { disk: { offers: { storage } } };
  const first = await run({ storage: 'disk' }, { extensions });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  await until(() => first.records.length === 1);
  await first.stop();
  api.put('events', event('b'));
  const second = await run({ storage: 'disk' }, { extensions });
  await until(() => names(second) === 'b');
});

test('a stored position that is damaged does not keep the receiver from starting', async () => {
  const { api, run, until } = await world();
  const inner = new MemoryStorage();
  const storage: Storage = {
    open: async (owner) => damaging(await inner.open(owner), new Set(['resourceVersions'])),
  };
  const running = await run({ storage: 'disk' }, { extensions: { disk: { offers: { storage } } } });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  await until(() => names(running) === 'a');
});

test('a reload goes on where it was', async () => {
  const { api, run, until } = await world();
  const succession = new Succession();
  const first = await run({}, { succession });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  await until(() => first.records.length === 1);
  await first.stop();
  api.put('events', event('b'));
  const second = await run({}, { succession });
  await until(() => names(second) === 'b');
});

test('what the pipelines refuse for now comes when they take it', async () => {
  const { api, run, until } = await world();
  const running = await run();
  await until(() => api.watching === 1);
  running.refusal = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
  api.put('events', event('a'));
  await until(() => running.batches > 1);
  running.refusal = undefined;
  await until(() => names(running) === 'a');
});

test('a missing rule is named as YAML, and the status says it until it is there', async () => {
  const { api, run, until } = await world();
  api.denied.add('list events');
  const running = await run();
  const rule = '- {apiGroups: [""], resources: [events], verbs: [get, list, watch]}';
  await until(() => running.world.lines.some(({ fields }) => String(fields?.['error']).includes(rule)));
  expect(running.reports.at(-1)).toContain('recoverable_error: events: ');
  api.denied.clear();
  await until(() => running.reports.at(-1) === 'ok');
});

test('outside of a cluster the status is a permanent error', async () => {
  const { run } = await world();
  const running = await run({ kube_config_path: '/nowhere/config' });
  expect(running.reports).toHaveLength(1);
  expect(running.reports[0]).toContain('permanent_error: open /nowhere/config: no such file or directory');
});

test('one that does not lead reads nothing, and begins with what happens when it does', async () => {
  const { api, run, until } = await world();
  let candidate: ElectionCandidate | undefined;
  const leader_election = { join: (one: ElectionCandidate) => ((candidate = one), () => Promise.resolve()) };
  const extensions = { elector: { offers: { leader_election } } };
  const running = await run({ k8s_leader_elector: 'elector' }, { extensions });
  expect(api.requests).toEqual([]);
  api.put('events', event('before'));
  candidate?.lead();
  await until(() => api.watching === 1);
  api.put('events', event('after'));
  await until(() => names(running) === 'after');
  await candidate?.stepDown();
  await until(() => api.watching === 0);
  api.put('events', event('late'));
  expect(names(running)).toBe('after');
});
