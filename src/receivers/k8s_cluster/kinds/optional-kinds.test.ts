import { expect, test } from 'vitest';
import { clusterWorld, metaOf, stopClusterWorlds, valuesOf } from '../../../../test/support/cluster-world.js';
import type { ApiObject } from '../../../../test/support/kubernetes-api.js';

stopClusterWorlds();

test('volumes, claims and services, which are read only if their metrics are on', async () => {
  const { api, run } = await clusterWorld();
  api.put('persistentvolumes', {
    metadata: metaOf('pv-1'),
    spec: { capacity: { storage: '10Gi' }, storageClassName: 'fast', persistentVolumeReclaimPolicy: 'Retain' },
    status: { phase: 'Bound' },
  });
  api.put('persistentvolumeclaims', {
    metadata: metaOf('data', 'shop'),
    spec: { resources: { requests: { storage: '8Gi' } }, storageClassName: 'fast' },
    status: { phase: 'Bound', capacity: { storage: '10Gi' } },
  });
  api.put('services', {
    metadata: metaOf('web', 'shop'),
    spec: { type: 'LoadBalancer', publishNotReadyAddresses: true, trafficDistribution: 'PreferClose' },
    status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'a' }] } },
  });
  api.put('services', { metadata: metaOf('db', 'shop'), spec: { type: 'ClusterIP' } });
  const slice = (name: string, addressType: string, endpoints: object[]): ApiObject => ({
    metadata: { ...metaOf(name, 'shop'), labels: { 'kubernetes.io/service-name': 'web' } },
    ...{ addressType, endpoints },
  });
  api.put('endpointslices', slice('web-1', 'IPv4', [{ zone: 'a' }, { zone: 'a', conditions: { ready: false } }, {}]));
  api.put('endpointslices', slice('web-2', 'IPv4', [{ zone: 'a', conditions: { ready: false, serving: true } }]));
  api.put('endpointslices', slice('web-3', 'IPv6', [{ conditions: { ready: false, terminating: true } }]));
  api.put('endpointslices', slice('web-4', 'Other', [{}]));
  api.put('namespaces', { metadata: metaOf('kube-system'), status: { phase: 'Active' } });
  const bare = await run();
  await bare.until(() => bare.collections.length > 0);
  expect(api.requests.some((line) => /persistentvolume|services|endpointslices/.test(line))).toBe(false);
  const on = { enabled: true };
  const running = await run({
    metrics: {
      'k8s.persistentvolume.status.phase': on,
      'k8s.persistentvolume.storage.capacity': on,
      'k8s.persistentvolumeclaim.status.phase': on,
      'k8s.persistentvolumeclaim.storage.capacity': on,
      'k8s.persistentvolumeclaim.storage.request': on,
      'k8s.service.endpoint.count': on,
      'k8s.service.load_balancer.ingress.count': on,
    },
    resource_attributes: {
      'k8s.cluster.uid': on,
      'k8s.persistentvolume.reclaim_policy': on,
      'k8s.service.publish_not_ready_addresses': on,
      'k8s.service.traffic_distribution': on,
    },
  });
  // Kinds come into a collection as their lists have been read; of services all lists of one collection.
  const kinds = ['k8s.service.endpoint', 'k8s.persistentvolume.', 'k8s.persistentvolumeclaim.'];
  await running.until(() => kinds.every((kind) => running.last.some((series) => series.startsWith(kind))));
  const volume = 'k8s.persistentvolume';
  const claim = 'k8s.persistentvolumeclaim';
  expect(valuesOf(running.last, 'k8s.persistentvolume.name=')).toEqual([
    ...['Available', 'Bound', 'Failed', 'Pending', 'Released'].map(
      (phase) => `${volume}.status.phase{${volume}.status.phase=${phase}} = ${phase === 'Bound' ? 1 : 0}`,
    ),
    `${volume}.storage.capacity = ${10 * 2 ** 30}`,
  ]);
  expect(valuesOf(running.last, 'k8s.persistentvolumeclaim.name=')).toEqual([
    ...['Bound', 'Lost', 'Pending'].map(
      (phase) => `${claim}.status.phase{${claim}.status.phase=${phase}} = ${phase === 'Bound' ? 1 : 0}`,
    ),
    `${claim}.storage.capacity = ${10 * 2 ** 30}`,
    `${claim}.storage.request = ${8 * 2 ** 30}`,
  ]);
  const at = (type: string, condition: string, zone: string, count: number): string =>
    `k8s.service.endpoint.count{k8s.service.endpoint.address_type=${type} ` +
    `k8s.service.endpoint.condition=${condition} k8s.service.endpoint.zone=${zone}} = ${count}`;
  expect(valuesOf(running.last, 'k8s.service.name=').toSorted()).toEqual(
    [
      ...[at('IPv4', 'ready', 'a', 1), at('IPv4', 'serving', 'a', 2), at('IPv4', 'terminating', 'a', 0)],
      ...[at('IPv4', 'ready', '', 1), at('IPv4', 'serving', '', 1), at('IPv4', 'terminating', '', 0)],
      ...[at('IPv6', 'ready', '', 0), at('IPv6', 'serving', '', 0), at('IPv6', 'terminating', '', 1)],
      'k8s.service.load_balancer.ingress.count = 2',
    ].toSorted(),
  );
  const resources = running.last.map((series) => series.split(' | ')[1] ?? '');
  expect(resources.every((resource) => resource.startsWith('k8s.cluster.uid=uid-kube-system'))).toBe(true);
  expect(resources.find((resource) => resource.includes('k8s.service.name=web'))).toContain(
    'k8s.service.type=LoadBalancer k8s.service.traffic_distribution=PreferClose ' +
      'k8s.service.publish_not_ready_addresses=true',
  );
  expect(resources.find((resource) => resource.includes('k8s.persistentvolume.name='))).toContain(
    'k8s.storageclass.name=fast k8s.persistentvolume.reclaim_policy=Retain',
  );
  api.remove('endpointslices', 'web-3', 'shop');
  await running.until(() => !running.last.some((series) => series.includes('IPv6')));
});
