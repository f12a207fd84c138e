import { afterEach, expect, test } from 'vitest';
import { clusterAccess } from '../../../../test/support/cluster-access.js';
import { heldWorld } from '../../../../test/support/held-world.js';
import type { KubernetesApi } from '../../../../test/support/kubernetes-api.js';
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

/** A resolver of the service `web.shop` beside a server over TLS that wants a token. */
async function started(config: Partial<K8sResolverConfig>, prepare: (api: KubernetesApi) => void): Promise<Started> {
  const { api, options: access } = await clusterAccess(stops, true);
  prepare(api);
  const { context, clock } = heldWorld();
  const options = { service: 'web.shop', ports: [], timeout: 60_000, return_hostnames: false, ...config };
  const resolver = new K8sResolver(options, context, { KUBECONFIG: access.kube_config_path });
  stops.push(() => resolver.stop());
  const lists: string[] = [];
  const events: StatusEvent[] = [];
  const use = async (endpoints: readonly string[]): Promise<void> => void lists.push(endpoints.join(' '));
  await resolver.start(use, (event) => events.push(event));
  return { api, clock, resolver, lists, events };
}

/** An endpoint as the control plane writes it: `ready` as long as it takes new requests. */
function endpoint(address: string, state: 'starting' | 'ready' | 'ends' | 'has ended', hostname?: string): object {
  const conditions = {
    ready: state === 'ready',
    serving: state === 'ready' || state === 'ends',
    terminating: state === 'ends' || state === 'has ended',
  };
  return { addresses: [address], conditions, ...(hostname !== undefined && { hostname }) };
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

test('a rolling replacement: what starts or ends is no backend, also with an address that is used again', async () => {
  const world = await started({ ports: [4317] }, (api) =>
    put(api, 's1', [endpoint('10.0.0.1', 'ready'), endpoint('10.0.0.2', 'ready')]),
  );
  const { api, lists } = world;
  await until(world, () => api.watching === 1);
  /** Each state with the backends after it; undefined: they stay. */
  const steps: readonly (readonly [endpoints: readonly object[], backends: string | undefined])[] = [
    // The first new pod starts, is ready, and one of the old ones ends, which still serves what it has.
    [['10.0.0.1', '10.0.0.2'].map((one) => endpoint(one, 'ready')).concat(endpoint('10.0.0.3', 'starting')), undefined],
    [
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((one) => endpoint(one, 'ready')),
      '10.0.0.1:4317 10.0.0.2:4317 10.0.0.3:4317',
    ],
    [
      [endpoint('10.0.0.1', 'ends'), endpoint('10.0.0.2', 'ready'), endpoint('10.0.0.3', 'ready')],
      '10.0.0.2:4317 10.0.0.3:4317',
    ],
    [[endpoint('10.0.0.1', 'has ended'), endpoint('10.0.0.2', 'ready'), endpoint('10.0.0.3', 'ready')], undefined],
    // The second new pod gets the address that is free now, while the old one that had it is still listed.
    [
      [
        endpoint('10.0.0.1', 'has ended'),
        endpoint('10.0.0.1', 'ready'),
        endpoint('10.0.0.2', 'ready'),
        endpoint('10.0.0.3', 'ready'),
      ],
      '10.0.0.1:4317 10.0.0.2:4317 10.0.0.3:4317',
    ],
    [
      [endpoint('10.0.0.1', 'ready'), endpoint('10.0.0.2', 'ends'), endpoint('10.0.0.3', 'ready')],
      '10.0.0.1:4317 10.0.0.3:4317',
    ],
  ];
  const expected = ['10.0.0.1:4317 10.0.0.2:4317'];
  for (const [endpoints, backends] of steps) {
    put(api, 's1', endpoints);
    if (backends === undefined) continue;
    expected.push(backends);
    await until(world, () => lists.length === expected.length);
    expect(lists).toEqual(expected);
  }
  // The last word is about another slice: what led to no list before it has led to none.
  put(api, 's2', [endpoint('fd00::4', 'ready'), endpoint('fd00::5', 'starting'), endpoint('fd00::6', 'ends')]);
  await until(world, () => lists.length === expected.length + 1);
  expect(lists).toEqual([...expected, '10.0.0.1:4317 10.0.0.3:4317 [fd00::4]:4317']);
});

test('host names of a StatefulSet that is replaced: a name stays a backend with another address', async () => {
  const world = await started({ return_hostnames: true, ports: [4317] }, (api) =>
    put(api, 's1', [endpoint('10.0.0.1', 'ready', 'web-0'), endpoint('10.0.0.2', 'ready', 'web-1')]),
  );
  const { api, lists } = world;
  await until(world, () => api.watching === 1);
  const [both, first] = ['web-0.web.shop:4317 web-1.web.shop:4317', 'web-0.web.shop:4317'];
  put(api, 's1', [endpoint('10.0.0.1', 'ready', 'web-0'), endpoint('10.0.0.2', 'ends', 'web-1')]);
  await until(world, () => lists.length === 2);
  put(api, 's1', [endpoint('10.0.0.1', 'ready', 'web-0'), endpoint('10.0.0.3', 'starting', 'web-1')]);
  put(api, 's1', [endpoint('10.0.0.1', 'ready', 'web-0'), endpoint('10.0.0.3', 'ready', 'web-1')]);
  await until(world, () => lists.length === 3);
  // Another address, the same name, in one step: no list.
  put(api, 's1', [endpoint('10.0.0.4', 'ready', 'web-0'), endpoint('10.0.0.3', 'ready', 'web-1')]);
  put(api, 's1', [endpoint('10.0.0.4', 'ready', 'web-0'), endpoint('10.0.0.3', 'ends', 'web-1')]);
  await until(world, () => lists.length === 4);
  expect(lists).toEqual([both, first, both, first]);
});

test('zones and hints of endpoints are no reason to leave one out', async () => {
  const { lists } = await started({}, (api) =>
    put(api, 's1', [
      { addresses: ['10.0.0.1'], zone: 'a', hints: { forZones: [{ name: 'a' }] } },
      { addresses: ['10.0.0.2'], zone: 'b', hints: { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] } },
    ]),
  );
  expect(lists).toEqual(['10.0.0.1 10.0.0.2']);
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
