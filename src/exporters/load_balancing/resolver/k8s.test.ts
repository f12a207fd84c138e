import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../../test/support/held-world.js';
import { KubernetesApi } from '../../../../test/support/kubernetes-api.js';
import type { StatusEvent } from '../../../component/status.js';
import type { HeldClock } from '../../../testing/held-clock.js';
import type { K8sResolverConfig } from '../config.js';
import { K8sResolver } from './k8s.js';
import { readServiceName } from './service-name.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Started {
  readonly api: KubernetesApi;
  readonly clock: HeldClock;
  readonly resolver: K8sResolver;
  readonly lists: string[];
  readonly events: StatusEvent[];
}

/** A resolver of the service `web.shop` beside a server without TLS. */
async function started(config: Partial<K8sResolverConfig>, prepare: (api: KubernetesApi) => void): Promise<Started> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  prepare(api);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-k8s-resolver-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'config');
  fs.writeFileSync(
    file,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  const { context, clock } = heldWorld();
  const options = { service: 'web.shop', ports: [], timeout: 60_000, return_hostnames: false, ...config };
  const resolver = new K8sResolver(options, context, { KUBECONFIG: file });
  stops.push(() => resolver.stop());
  const lists: string[] = [];
  const events: StatusEvent[] = [];
  const use = async (endpoints: readonly string[]): Promise<void> => void lists.push(endpoints.join(' '));
  await resolver.start(use, (event) => events.push(event));
  return { api, clock, resolver, lists, events };
}

function put(api: KubernetesApi, name: string, endpoints: readonly unknown[], service = 'web'): void {
  const labels = { 'kubernetes.io/service-name': service };
  api.put('endpointslices', { metadata: { name, namespace: 'shop', uid: name, labels }, endpoints });
}

async function until({ clock }: Started, probe: () => boolean): Promise<void> {
  await expect
    .poll(async () => {
      await clock.pass(100);
      return probe();
    })
    .toBe(true);
}

test('addresses of all slices of the service, each once, those that are ready', async () => {
  const world = await started({ ports: [4317, 4318] }, (api) => {
    put(api, 's1', [{ addresses: ['10.0.0.2'] }, { addresses: ['10.0.0.1'], conditions: { ready: true } }]);
    put(api, 's2', [
      { addresses: ['10.0.0.1'] },
      { addresses: ['fd00::1'] },
      { addresses: ['10.0.0.9'], conditions: { ready: false, serving: true, terminating: true } },
    ]);
    put(api, 'other', [{ addresses: ['10.9.9.9'] }], 'other');
  });
  expect(world.lists).toEqual([
    '10.0.0.1:4317 10.0.0.1:4318 10.0.0.2:4317 10.0.0.2:4318 [fd00::1]:4317 [fd00::1]:4318',
  ]);
  expect(world.events).toEqual([{ status: 'ok' }]);
  expect(world.resolver.confirmedAt).toBe(world.clock.now());
});

test('host names of a StatefulSet; an endpoint without one is left out', async () => {
  const { lists } = await started({ return_hostnames: true, ports: [4317] }, (api) =>
    put(api, 's1', [{ addresses: ['10.0.0.1'], hostname: 'web-0' }, { addresses: ['10.0.0.2'] }]),
  );
  expect(lists).toEqual(['web-0.web.shop:4317']);
});

test('a change is used, a change of nothing is not, and an empty list leaves the last one', async () => {
  const world = await started({}, (api) => put(api, 's1', [{ addresses: ['10.0.0.1'] }]));
  const { api, lists } = world;
  await until(world, () => api.watching === 1);
  put(api, 's1', [{ addresses: ['10.0.0.1'], zone: 'a' }]);
  put(api, 's2', [{ addresses: ['10.0.0.2'] }]);
  await until(world, () => lists.length === 2);
  expect(lists).toEqual(['10.0.0.1', '10.0.0.1 10.0.0.2']);
  api.remove('endpointslices', 's1', 'shop');
  await until(world, () => lists.length === 3);
  api.remove('endpointslices', 's2', 'shop');
  put(api, 's3', [{ addresses: ['10.0.0.3'] }]);
  await until(world, () => lists.length === 4);
  expect(lists.slice(2)).toEqual(['10.0.0.2', '10.0.0.3']);
});

test('an API that refuses lets the exporter start without backends, and says so', async () => {
  const world = await started({}, (api) => {
    api.denied.add('endpointslices');
    put(api, 's1', [{ addresses: ['10.0.0.1'] }]);
  });
  expect(world.lists).toEqual([]);
  expect(world.events.at(-1)).toMatchObject({ status: 'recoverable_error' });
  expect(world.resolver.confirmedAt).toBeUndefined();
  world.api.denied.clear();
  await until(world, () => world.lists.length === 1);
  expect(world.events.at(-1)).toEqual({ status: 'ok' });
});

test.each([
  ['web', { service: 'web', namespace: undefined }],
  ['web.shop', { service: 'web', namespace: 'shop' }],
  ['web.shop.svc', { service: 'web', namespace: 'shop' }],
  ['web.shop.svc.cluster.local', { service: 'web', namespace: 'shop' }],
  ['web.shop.pod', undefined],
  ['web shop', undefined],
  ['web.', undefined],
  ['-web', undefined],
])('the service %s', (text, read) => {
  expect(readServiceName(text)).toEqual(read);
});
