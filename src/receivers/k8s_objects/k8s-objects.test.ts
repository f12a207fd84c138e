import { afterEach, expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { HeldClock } from '../../../test/support/held-world.js';
import { clusterAccess } from '../../../test/support/cluster-access.js';
import type { ApiObject, KubernetesApi } from '../../../test/support/kubernetes-api.js';
import { runLogReceiver, type RunningLogReceiver, type SeenRecord } from '../../../test/support/log-receiver.js';
import { MemoryStorage } from '../../../test/support/storage.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ElectionCandidate } from '../../component/leader-election.js';
import { Succession } from '../../component/succession.js';
import { config } from './config.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  readonly api: KubernetesApi;
  readonly clock: HeldClock;
  readonly options: object;
  run(objects: object[], options?: object, more?: Parameters<typeof runLogReceiver>[2]): Promise<RunningLogReceiver>;
  until(probe: () => boolean): Promise<void>;
}

async function world(): Promise<World> {
  const { api, options: access } = await clusterAccess(stops);
  const clock = new HeldClock();
  const options = { ...access };
  return {
    api,
    clock,
    options,
    async run(objects, more = {}, parts = {}) {
      const running = await runLogReceiver(definition, { ...options, objects, ...more }, { clock, ...parts });
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

function event(name: string, more: object = {}): ApiObject {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    reason: 'Scheduled',
    count: 3,
    series: null,
    score: 0.5,
    related: { fields: ['a', { b: true }], none: {} },
    ...more,
  };
}

const watched = { name: 'events', mode: 'watch' };
const nameOf = (record: SeenRecord): unknown => record.attributes['event.name'];
const typeOf = (record: SeenRecord): unknown => (record.body as { type?: string }).type;
const shown = (running: RunningLogReceiver): string =>
  running.records.map((record) => `${String(typeOf(record))} ${String(nameOf(record))}`).join(', ');

test('a pull sends each object as the body of a record, at once and at each interval', async () => {
  const { api, run, until, clock } = await world();
  api.put('pods', { metadata: { name: 'a', namespace: 'shop', uid: 'a' }, spec: { priority: 0 } });
  api.put('pods', { metadata: { name: 'b', namespace: 'bank', uid: 'b' } });
  api.put('pods', { metadata: { name: 'c', namespace: 'shop', uid: 'c' } });
  const running = await run([{ name: 'pods', interval: '10m' }]);
  await until(() => running.records.length === 3);
  expect(running.batches).toBe(1);
  expect(running.records[0]).toEqual({
    time: undefined,
    severity: 0,
    severityText: '',
    resource: { 'k8s.namespace.name': 'shop' },
    attributes: { 'k8s.resource.name': 'pods' },
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'shop', uid: 'a', resourceVersion: '2' },
      spec: { priority: 0 },
    },
  });
  expect(running.records.map(({ resource }) => resource['k8s.namespace.name'])).toEqual(['shop', 'shop', 'bank']);
  await clock.pass(600_000);
  await until(() => running.records.length === 6);
});

test('a watch sends each change with its type, and nothing of what was there', async () => {
  const { api, run, until } = await world();
  api.put('events', event('old'));
  const running = await run([watched]);
  await until(() => api.watching === 1);
  api.put('events', event('new'));
  api.put('events', event('new', { count: 4 }));
  api.bookmark();
  api.remove('events', 'old', 'shop');
  await until(() => running.records.length === 3);
  expect(shown(running)).toBe('ADDED new, MODIFIED new, DELETED old');
  expect(running.records[0]).toMatchObject({
    resource: { 'k8s.namespace.name': 'shop' },
    attributes: { 'k8s.resource.name': 'events', 'event.domain': 'k8s', 'event.name': 'new' },
    body: {
      type: 'ADDED',
      object: {
        kind: 'Event',
        reason: 'Scheduled',
        series: undefined,
        score: 0.5,
        related: { fields: ['a', { b: true }], none: {} },
      },
    },
  });
});

test('the initial state comes first, types and namespaces can be left out, the server selects the rest', async () => {
  const { api, run, until } = await world();
  api.put('events', event('old'));
  api.put('events', { metadata: { name: 'theirs', namespace: 'kube-system', uid: 't' } });
  const running = await run(
    [
      {
        ...watched,
        group: 'events.k8s.io',
        exclude_watch_type: ['DELETED'],
        exclude_namespaces: [{ regexp: '^kube-' }, { strict: 'bank' }],
        label_selector: 'tier!=x',
        field_selector: 'reason!=Noise',
      },
    ],
    { include_initial_state: true },
  );
  await until(() => api.watching === 1);
  api.put('events', { metadata: { name: 'bank', namespace: 'bank', uid: 'b' } });
  api.put('events', event('noise', { reason: 'Noise' }));
  api.remove('events', 'old', 'shop');
  api.put('events', event('new'));
  await until(() => running.records.length === 2);
  expect(shown(running)).toBe('ADDED old, ADDED new');
  expect(api.requests.at(-1)).toMatch(/^GET \/apis\/events\.k8s\.io\/v1\/events\?watch=1&.*labelSelector=tier%21%3Dx/);
});

test('each namespace has a watch of its own, and a configured version is where it begins', async () => {
  const { api, run, until } = await world();
  api.put('events', event('first'));
  api.put('events', { metadata: { name: 'other', namespace: 'bank', uid: 'o' } });
  const running = await run([{ ...watched, namespaces: ['shop', 'empty'], resource_version: '1' }]);
  await until(() => api.watching === 2 && running.records.length === 1);
  expect(shown(running)).toBe('ADDED first');
  const watches = api.requests.filter((line) => line.includes('watch=1')).map((line) => line.split('?')[0] ?? '');
  // They come over connections of their own, in any order.
  expect(watches.toSorted()).toEqual(['GET /api/v1/namespaces/empty/events', 'GET /api/v1/namespaces/shop/events']);
});

test('a watch that breaks goes on behind what was delivered', async () => {
  const { api, run, until } = await world();
  const running = await run([watched]);
  await until(() => api.watching === 1);
  for (const [i, how] of (['cut', 'in order', 'cut'] as const).entries()) {
    api.put('events', event(`before-${i}`));
    api.endWatches(how);
    await until(() => api.watching === 0 || running.records.length >= i * 2 + 1);
    api.put('events', event(`after-${i}`));
    await until(() => running.records.length === i * 2 + 2);
  }
  expect(running.records.map(nameOf)).toEqual(['before-0', 'after-0', 'before-1', 'after-1', 'before-2', 'after-2']);
});

test('what the server has forgotten is sent as it is now', async () => {
  const { api, run, until } = await world();
  api.put('events', event('old'));
  const running = await run([watched]);
  await until(() => api.watching === 1);
  api.put('events', event('seen'));
  await until(() => running.records.length === 1);
  api.fault = { status: 503, body: {} };
  api.endWatches('cut');
  await until(() => api.watching === 0);
  api.put('events', event('missed'));
  api.compact();
  api.fault = undefined;
  await until(() => api.watching === 1);
  expect(shown(running)).toBe('ADDED seen, ADDED missed');
  expect(running.world.lines.map(({ message }) => message).join()).toContain('The server has forgotten changes');
});

test('a version of the configuration that is too old only means now', async () => {
  const { api, run, until } = await world();
  api.put('events', event('old'));
  api.compact();
  const running = await run([{ ...watched, resource_version: '1' }]);
  await until(() => api.watching === 1);
  api.put('events', event('new'));
  await until(() => running.records.length === 1);
  expect(shown(running)).toBe('ADDED new');
});

test('what the pipelines refuse for now is handed on again, and the position waits for it', async () => {
  const { api, run, until } = await world();
  const running = await run([watched]);
  await until(() => api.watching === 1);
  running.refusal = new DeliveryError('queue is full', { class: 'retryable', reason: 'queue_full', local: true });
  api.put('events', event('a'));
  api.put('events', event('b'));
  await until(() => running.batches > 2);
  running.refusal = undefined;
  await until(() => running.records.length === 2);
  expect(shown(running)).toBe('ADDED a, ADDED b');
  running.refusal = new DeliveryError('bad', { class: 'permanent', reason: 'bad' });
  api.put('events', event('c'));
  await until(() => running.world.lines.some(({ message }) => message.includes('refused records for good')));
  running.refusal = undefined;
  api.put('events', event('d'));
  await until(() => running.records.length === 3);
});

test('a storage keeps the position over a restart, and a reload keeps it without one', async () => {
  const { api, run, until } = await world();
  const storage = new MemoryStorage();
  const extensions = { disk: { offers: { storage } } };
  const first = await run([watched], { storage: 'disk' }, { extensions });
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  await until(() => first.records.length === 1);
  await first.stop();
  api.put('events', event('b'));
  const second = await run([watched], { storage: 'disk', include_initial_state: true }, { extensions });
  await until(() => second.records.length === 1);
  expect(shown(second)).toBe('ADDED b');
  await second.stop();
  // Otherwise it would be taken for the watch of the next one.
  await until(() => api.watching === 0);

  const succession = new Succession();
  const third = await run([watched], {}, { succession });
  await until(() => api.watching === 1);
  api.put('events', event('c'));
  await until(() => third.records.length === 1);
  await third.stop();
  api.put('events', event('d'));
  const fourth = await run([watched], {}, { succession });
  await until(() => fourth.records.length === 1);
  expect(shown(fourth)).toBe('ADDED d');
});

test('only while it leads it reads', async () => {
  const { api, run, until } = await world();
  let candidate: ElectionCandidate | undefined;
  const leader_election = { join: (one: ElectionCandidate) => ((candidate = one), () => Promise.resolve()) };
  const extensions = { elector: { offers: { leader_election } } };
  const running = await run([watched, { name: 'pods' }], { k8s_leader_elector: 'elector' }, { extensions });
  await until(() => candidate !== undefined);
  expect(api.watching).toBe(0);
  candidate?.lead();
  await until(() => api.watching === 1);
  api.put('events', event('a'));
  await until(() => running.records.length === 1);
  await candidate?.stepDown();
  await until(() => api.watching === 0);
  api.put('events', event('theirs'));
  candidate?.lead();
  await until(() => api.watching === 1);
  api.put('events', event('b'));
  await until(() => running.records.length === 2);
  expect(shown(running)).toBe('ADDED a, ADDED b');
});

test('a resource that is not there ends the program, or is left out', async () => {
  const { api, run, until } = await world();
  const wrong = { name: 'widgets', group: 'example.com' };
  const strict = await run([wrong, watched]);
  await until(() => strict.reports.length > 0);
  expect(strict.reports).toEqual([
    'fatal_error: resource not found: widgets in group example.com. `kubectl api-resources` shows the names and ' +
      'groups that the cluster has',
  ]);
  const lenient = await run([wrong, watched], { error_mode: 'ignore' });
  await until(() => api.watching === 1);
  expect(lenient.world.lines.filter(({ message }) => message.includes('widgets'))).toHaveLength(1);
  const silent = await run([wrong, watched], { error_mode: 'silent' });
  await until(() => api.watching === 2);
  expect(silent.world.lines.filter(({ message }) => message.includes('widgets'))).toHaveLength(0);
});

test('a server that is away at start is asked until it answers; errors of access are in words', async () => {
  const { api, run, until } = await world();
  api.fault = { status: 503, body: { message: 'no leader' } };
  const running = await run([watched, { name: 'pods' }]);
  await until(() => running.reports.length > 0);
  expect(running.reports[0]).toContain('discovery: discovery: the API server answers 503: no leader');
  api.fault = undefined;
  api.denied.add('list pods');
  api.denied.add('watch events');
  const said = (rule: string): boolean =>
    running.world.lines.some(({ fields }) => String(fields?.['error']).includes(rule));
  await until(
    () =>
      said('{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}') &&
      said('{apiGroups: [""], resources: [events], verbs: [get, list, watch]}'),
  );
  api.denied.clear();
  await until(() => api.watching === 1);
  await until(() => running.reports.at(-1) === 'ok');
});

test('where nothing says how to reach the API, it says so and the program runs', async () => {
  const running = await runLogReceiver(definition, {
    objects: [watched],
    auth_type: 'kubeConfig',
    kube_config_path: '/nowhere/config',
  });
  stops.push(() => running.stop());
  expect(running.reports).toEqual([
    'permanent_error: open /nowhere/config: no such file or directory. Set `kube_config_path`, or KUBECONFIG in the ' +
      'environment',
  ]);
});

test.each<[object, string]>([
  [{ objects: [{ name: 'pods', mode: 'poll' }] }, 'invalid mode: poll'],
  [{ objects: [{ name: 'pods', interval: '-1s' }] }, 'must not be negative'],
  [{ objects: [{ name: 'pods', exclude_watch_type: ['ADDED'] }] }, 'can only be used with watch mode'],
  [{ objects: [{ name: 'pods', exclude_namespaces: [{}] }] }, 'must specify either strict or regexp'],
  [{ objects: [{ name: 'pods', exclude_namespaces: [{ strict: 'a', regexp: 'b' }] }] }, 'cannot specify both'],
  [{ objects: [{ name: 'pods', exclude_namespaces: [{ regexp: '(' }] }] }, 'missing'],
  [{ objects: [{ name: 'pods', namespaces: ['a'], exclude_namespaces: [{ strict: 'b' }] }] }, 'cannot both be set'],
  [{ objects: [{ name: 'pods' }], include_initial_state: true }, 'include_initial_state can only be used with watch'],
  [{ objects: [{ name: 'e', mode: 'watch', exclude_watch_type: ['GONE'] }] }, 'unsupported value "GONE"'],
  [{ error_mode: 'panic' }, "must be one of 'propagate', 'ignore', or 'silent'"],
])('%j is a fault', (options, message) => {
  const parsed = config.safeParse(options);
  expect(parsed.success ? '' : parsed.error.issues[0]?.message).toContain(message);
});

test('what runs needs objects with names', () => {
  const messages = (options: object): string[] => faultsInUse(config, options).map(({ message }) => message);
  expect(messages({})).toEqual(['no valid Kubernetes objects found to watch']);
  expect(messages({ objects: [{}] })).toEqual(['resource not found: ""']);
  expect(messages({ objects: [{ name: 'pods' }] })).toEqual([]);
});
