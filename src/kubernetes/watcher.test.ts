import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { KubernetesApi, type ApiObject } from '../../test/support/kubernetes-api.js';
import { pem } from '../../test/support/certificates.js';
import { heldWorld } from '../../test/support/held-world.js';
import { SharedObjects } from '../component/shared.js';
import type { HeldClock } from '../testing/held-clock.js';
import { Cluster } from './cluster.js';
import { apiText } from './json.js';
import { pods, type ObjectSelection } from './resource.js';
import type { Subscriber } from './watcher.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const allPods: ObjectSelection = { resource: pods, namespace: '', labels: '', fields: '' };

function pod(name: string, ip: string, labels: Readonly<Record<string, string>> = {}): ApiObject {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels },
    spec: { nodeName: 'node-1' },
    status: { podIP: ip },
  };
}

/** A subscriber's knowledge: the IP of each pod by UID. */
class Known implements Subscriber {
  readonly ips: Map<string, string | undefined> = new Map();
  readonly errors: string[] = [];
  syncs = 0;

  upsert(uid: string, object: unknown): void {
    this.ips.set(uid, apiText(object, 'status', 'podIP'));
  }

  remove(uid: string): void {
    this.ips.delete(uid);
  }

  synced(): void {
    this.syncs++;
  }

  failed(error: Error): void {
    this.errors.push(error.message);
  }

  get shown(): string {
    return [...this.ips]
      .map(([uid, ip]) => `${uid}=${ip}`)
      .sort()
      .join(' ');
  }
}

/** The objects of the server, as `Known` shows them. */
function shownOf(api: KubernetesApi): string {
  return api
    .objects('pods')
    .map((object) => `${object.metadata.uid}=${apiText(object, 'status', 'podIP')}`)
    .sort()
    .join(' ');
}

interface World {
  readonly api: KubernetesApi;
  readonly cluster: Cluster;
  readonly clock: HeldClock;
  readonly tokenFile: string;
  read(selection?: ObjectSelection, resyncMs?: number): Known;
  /** Waits for a state while time goes on. */
  until(probe: () => boolean): Promise<void>;
}

async function world(): Promise<World> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-kubernetes-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const api = new KubernetesApi(true);
  const port = await api.listen();
  stops.push(() => api.close());
  api.token = 'first-token';
  const tokenFile = path.join(folder, 'token');
  fs.writeFileSync(tokenFile, 'first-token\n');
  fs.writeFileSync(path.join(folder, 'ca.pem'), pem('server-a.pem'));
  const kubeConfig = path.join(folder, 'config');
  fs.writeFileSync(
    kubeConfig,
    `
current-context: test
contexts: [{name: test, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:${port}", certificate-authority: ca.pem}}]
users: [{name: me, user: {tokenFile: token}}]
`,
  );
  const { context, clock } = heldWorld();
  const cluster = new Cluster(
    { auth_type: 'kubeConfig', kube_config_path: kubeConfig, context: '' },
    { ...context, shared: new SharedObjects().of('processor', 'k8s_attributes') },
    {},
  );
  stops.push(() => cluster.close());
  return {
    api,
    cluster,
    clock,
    tokenFile,
    read(selection = allPods, resyncMs = 0) {
      const known = new Known();
      const reading = cluster.read(selection, known, { resyncMs });
      stops.push(() => reading.release());
      return known;
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

test('objects are listed in pages, and changes follow', async () => {
  const { api, read, until } = await world();
  for (let i = 0; i < 180; i++) api.put('pods', pod(`p${i}`, `10.0.0.${i}`));
  const known = read();
  await until(() => known.syncs === 1 && api.watching === 1);
  expect(known.ips.size).toBe(180);
  expect(api.requests.filter((line) => line.includes('continue=')).length).toBeGreaterThan(0);
  api.put('pods', pod('p0', '10.1.1.1'));
  api.put('pods', pod('late', '10.1.1.2'));
  api.remove('pods', 'p1', 'shop');
  await until(() => known.ips.get('uid-p0') === '10.1.1.1' && !known.ips.has('uid-p1'));
  expect(known.ips.get('uid-late')).toBe('10.1.1.2');
  expect(known.ips.size).toBe(180);
});

test.each(['in order', 'cut'] as const)('a watch that ends %s goes on where it was', async (how) => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1'));
  const known = read();
  await until(() => api.watching === 1);
  api.bookmark();
  api.endWatches(how);
  await until(() => api.watching === 0 || api.requests.filter((line) => line.includes('watch=1')).length > 1);
  api.put('pods', pod('b', '10.0.0.2'));
  await until(() => known.shown === 'uid-a=10.0.0.1 uid-b=10.0.0.2');
  expect(api.requests.filter((line) => line.includes('limit='))).toHaveLength(1);
});

test('what the server has forgotten is listed anew, and what went meanwhile is removed', async () => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1'));
  api.put('pods', pod('b', '10.0.0.2'));
  const known = read();
  await until(() => api.watching === 1);
  // Before the watch ends, so that the next one asks for a version that is gone.
  const { version } = api;
  api.endWatches('cut');
  api.remove('pods', 'a', 'shop');
  api.put('pods', pod('c', '10.0.0.3'));
  api.compact();
  expect(api.version).toBeGreaterThan(version);
  await until(() => known.shown === 'uid-b=10.0.0.2 uid-c=10.0.0.3');
  expect(known.errors.join()).not.toContain('410');
});

test('a server that is away is asked again until it is back, and what was known stays', async () => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1'));
  const known = read();
  await until(() => api.watching === 1);
  api.fault = { status: 503, body: { message: 'etcd has no leader' }, headers: { 'retry-after': '2' } };
  api.endWatches('cut');
  await until(() => known.errors.some((message) => message.includes('503: etcd has no leader')));
  expect(known.shown).toBe('uid-a=10.0.0.1');
  api.fault = undefined;
  api.put('pods', pod('b', '10.0.0.2'));
  await until(() => known.ips.size === 2);
  // Also a watch that stands again after a failure says so.
  const { syncs } = known;
  api.fault = { status: 500, body: 'no' };
  api.endWatches('cut');
  await until(() => known.errors.at(-1)?.includes('500') === true);
  api.fault = undefined;
  await until(() => known.syncs > syncs);
});

test('a missing rule is named as YAML', async () => {
  const { api, read, until } = await world();
  api.denied.add('list pods');
  const known = read();
  await until(() => known.errors.length > 0);
  expect(known.errors[0]).toBe(
    'pods: the API server answers 403: pods is forbidden: User "system:serviceaccount:default:kanmon" cannot list ' +
      'resource "pods" in API group "" at the cluster scope. Add this rule to the Role or ClusterRole of the service ' +
      'account: - {apiGroups: [""], resources: [pods], verbs: [get, list, watch]}',
  );
  api.denied.clear();
  await until(() => known.syncs === 1);
});

test('a token that was rotated is read again', async () => {
  const { api, tokenFile, read, until } = await world();
  const known = read();
  await until(() => api.watching === 1);
  api.token = 'second-token';
  api.endWatches('cut');
  await until(() => known.errors.some((message) => message.includes('It does not know the credentials')));
  fs.writeFileSync(tokenFile, 'second-token');
  api.put('pods', pod('a', '10.0.0.1'));
  await until(() => known.ips.size === 1);
});

test('components that read the same share one watch, and each knows all', async () => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1'));
  const first = read();
  await until(() => api.watching === 1);
  const second = read();
  await until(() => second.syncs > 0 && api.watching === 1);
  expect(second.shown).toBe('uid-a=10.0.0.1');
  api.put('pods', pod('b', '10.0.0.2'));
  await until(() => first.ips.size === 2 && second.ips.size === 2);
});

test("selectors and the namespace are the server's work", async () => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1', { app: 'web' }));
  api.put('pods', pod('b', '10.0.0.2', { app: 'db' }));
  const known = read({ ...allPods, namespace: 'shop', labels: 'app=web', fields: 'spec.nodeName=node-1' });
  await until(() => known.syncs === 1);
  expect(known.shown).toBe('uid-a=10.0.0.1');
  expect(api.requests[0]).toContain('/api/v1/namespaces/shop/pods?');
});

test('everything is listed anew at the resync period', async () => {
  const { api, read, until } = await world();
  const known = read(allPods, 5000);
  // The server learns a moment later that a watch has ended, while there is the next one already.
  await until(() => known.syncs >= 3 && api.watching === 1);
});

test.each([
  ['no JSON', 'nonsense\n'],
  ['no object', '{"type":"ADDED","object":7}\n'],
  ['no metadata', '{"type":"MODIFIED","object":{"metadata":[1]}}\n'],
  ['an unknown type', '{"type":"EXPLODED","object":{}}\n'],
  ['an error without a code', '{"type":"ERROR","object":"x"}\n'],
])('a server that sends %s does no harm', async (_what, line) => {
  const { api, read, until } = await world();
  api.put('pods', pod('a', '10.0.0.1'));
  const known = read();
  await until(() => api.watching === 1);
  api.say(line);
  api.put('pods', pod('b', '10.0.0.2'));
  await until(() => known.shown === 'uid-a=10.0.0.1 uid-b=10.0.0.2');
});

test('a list whose pages come late is whole, with all that changed meanwhile', async () => {
  const { api, read, until } = await world();
  for (let i = 0; i < 180; i++) api.put('pods', pod(`p${i}`, `10.0.0.${i}`));
  api.holdLists();
  const known = read();
  let pages = 0;
  await until(() => api.listsWaiting === 1);
  for (; known.syncs === 0; pages++) {
    const before = known.ips.size;
    // In pages that were read, and in those that were not.
    api.put('pods', pod(`p${pages}`, '10.1.0.1'));
    api.put('pods', pod(`p${179 - pages}`, '10.1.0.2'));
    api.put('pods', pod(`late-${pages}`, '10.1.0.3'));
    api.remove('pods', `p${20 + pages}`, 'shop');
    api.remove('pods', `p${150 + pages}`, 'shop');
    api.answerList();
    await until(() => api.listsWaiting === 1 || known.syncs === 1);
    expect(known.ips.size).toBeGreaterThan(before);
  }
  expect(pages).toBeGreaterThan(1);
  await until(() => known.shown === shownOf(api));
  expect(known.ips.size).toBe(180 - pages);
  expect(known.errors).toEqual([]);
  expect(api.requests.filter((line) => line.includes('limit='))).toHaveLength(pages);
});

test('a page that does not come within a minute is an error, and the list is begun anew', async () => {
  const { api, clock, read, until } = await world();
  for (let i = 0; i < 120; i++) api.put('pods', pod(`p${i}`, `10.0.0.${i}`));
  api.holdLists();
  const known = read();
  await until(() => api.listsWaiting === 1);
  api.answerList();
  // The minute begins with the request: no time passes on its way.
  await expect.poll(() => api.listsWaiting).toBe(1);
  await clock.pass(59_000);
  expect(known.errors).toEqual([]);
  await clock.pass(1000);
  await until(() => known.errors.length === 1);
  api.releaseLists();
  await until(() => known.syncs === 1 && known.shown === shownOf(api));
  expect(known.ips.size).toBe(120);
});

test('a list that the server forgets in the middle begins anew, and nothing is lost', async () => {
  const { api, read, until } = await world();
  for (let i = 0; i < 180; i++) api.put('pods', pod(`p${i}`, `10.0.0.${i}`));
  api.holdLists();
  const known = read();
  await until(() => api.listsWaiting === 1);
  api.answerList();
  await until(() => api.listsWaiting === 1);
  const begun = known.ips.size;
  expect(begun).toBeGreaterThan(0);
  expect(begun).toBeLessThan(180);
  // No watch will tell of these: one that was read is gone, one has changed, and one is new.
  api.remove('pods', 'p1', 'shop');
  api.put('pods', pod('p2', '10.1.0.2'));
  api.put('pods', pod('late', '10.1.0.3'));
  api.compact();
  api.answerList();
  await until(() => api.listsWaiting === 1);
  const lists = (): readonly string[] => api.requests.filter((line) => line.includes('limit='));
  expect(lists().map((line) => line.includes('continue='))).toEqual([false, true, false]);
  expect([known.syncs, known.ips.size]).toEqual([0, begun]);
  api.releaseLists();
  await until(() => known.syncs === 1);
  expect(known.shown).toBe(shownOf(api));
  expect(known.ips.has('uid-p1')).toBe(false);
  expect(known.errors).toEqual([]);
  // The watch goes on from the second list.
  await until(() => api.watching === 1);
  api.put('pods', pod('p3', '10.1.0.4'));
  await until(() => known.shown === shownOf(api));
});

test('objects that are too large for one page are listed in smaller ones', async () => {
  const { api, read, until } = await world();
  const text = 'x'.repeat(300_000);
  for (let i = 0; i < 30; i++) {
    const { metadata, ...rest } = pod(`p${i}`, '10.0.0.1');
    api.put('pods', { ...rest, metadata: { ...metadata, annotations: { text } } });
  }
  const known = read();
  await until(() => known.syncs === 1);
  expect(known.ips.size).toBe(30);
  expect(known.errors).toEqual([]);
});
