import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { KubernetesApi, type ApiObject } from '../../../test/support/kubernetes-api.js';
import type { Receiver } from '../../component/define.js';
import type { ElectionCandidate } from '../../component/leader-election.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import { config } from './config.js';
import { definition } from './index.js';
import { clusterKinds } from './kinds/all.js';
import { clusterAttributes } from './resource-attributes.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running {
  readonly receiver: Receiver;
  readonly world: HeldWorld;
  readonly reports: string[];
  /** The points of each collection, `name{attributes} of resource = value`; sorted by name. */
  readonly collections: string[][];
  batches: number;
  /** The last collection. */
  readonly last: readonly string[];
  until(probe: () => boolean): Promise<void>;
}

interface World {
  readonly api: KubernetesApi;
  run(options?: object, elector?: { join(candidate: ElectionCandidate): () => Promise<void> }): Promise<Running>;
}

async function world(): Promise<World> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-k8s-cluster-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const kube_config_path = path.join(folder, 'config');
  fs.writeFileSync(
    kube_config_path,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  return {
    api,
    async run(options = {}, elector) {
      const held = heldWorld({ signal: 'metrics', id: 'k8s_cluster' });
      const reports: string[] = [];
      const collections: string[][] = [];
      const times = new Map<string, string[]>();
      const running: Running = {
        receiver: await definition.create(
          config.parse({ auth_type: 'kubeConfig', kube_config_path, ...options }),
          { ...held.context, kind: 'receiver' },
          {
            async consume(batch) {
              running.batches++;
              for (const [time, series] of pointsOf(batch)) {
                let all = times.get(time);
                if (!all) times.set(time, (all = collections[collections.push([]) - 1] ?? []));
                all.push(series);
              }
            },
          },
        ),
        ...{ world: held, reports, collections, batches: 0 },
        get last() {
          return (collections.at(-1) ?? []).toSorted();
        },
        until: (probe) =>
          expect
            .poll(async () => {
              await held.clock.pass(500);
              return probe();
            })
            .toBe(true),
      };
      await running.receiver.start?.(
        hostWith(elector ? { elector: { offers: { leader_election: elector } } } : {}, {}, reports),
      );
      stops.push(() => running.receiver.shutdown?.(AbortSignal.abort()));
      return running;
    },
  };
}

interface JsonPoint {
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly attributes?: readonly JsonAttribute[];
}

interface JsonAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface JsonMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
  readonly sum?: { readonly dataPoints: readonly JsonPoint[]; readonly isMonotonic?: boolean };
}

const text = (attributes: readonly JsonAttribute[] = []): string =>
  attributes.map(({ key, value }) => `${key}=${String(Object.values(value)[0])}`).join(' ');

function pointsOf(batch: Batch): (readonly [time: string, series: string])[] {
  const { resourceMetrics } = JSON.parse(jsonText('metrics', batch.bytes)) as {
    readonly resourceMetrics: readonly {
      readonly resource: { readonly attributes?: readonly JsonAttribute[] };
      readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
    }[];
  };
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) =>
        (metric.gauge ?? metric.sum)!.dataPoints.map((point): readonly [string, string] => [
          point.timeUnixNano,
          `${metric.name}{${text(point.attributes)}} = ${point.asInt ?? point.asDouble} | ${text(resource.attributes)}`,
        ]),
      ),
    ),
  );
}

/** The values by metric and attributes. */
const values = (series: readonly string[], part = ''): string[] =>
  series.filter((each) => each.includes(part)).map((each) => (each.split(' | ')[0] ?? '').replace('{}', ''));

const meta = (name: string, namespace?: string): ApiObject['metadata'] => ({
  name,
  uid: `uid-${name}`,
  ...(namespace !== undefined && { namespace }),
});

function pod(name: string, more: object = {}, status: object = {}): ApiObject {
  return {
    metadata: meta(name, 'shop'),
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'main',
          image: 'registry:5000/team/web:1.2',
          resources: {
            requests: { cpu: '250m', memory: '64Mi', 'ephemeral-storage': '1Gi', 'nvidia.com/gpu': '1' },
            limits: { cpu: '1.5', memory: '128Mi', storage: '2k' },
          },
        },
      ],
      ...more,
    },
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      containerStatuses: [
        {
          name: 'main',
          image: 'registry:5000/team/web:1.2',
          containerID: 'containerd://abc',
          restartCount: 3,
          ready: true,
          state: { running: {} },
          lastState: { terminated: { reason: 'OOMKilled' } },
        },
      ],
      ...status,
    },
  };
}

test('pods and their containers', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  const running = await run();
  await running.until(() => running.collections.length > 0);
  expect(running.last).toEqual([
    ...[
      'cpu_limit{} = 1.5',
      'cpu_request{} = 0.25',
      'ephemeralstorage_request{} = 1073741824',
      'memory_limit{} = 134217728',
      'memory_request{} = 67108864',
      'ready{} = 1',
      'restarts{} = 3',
      'storage_limit{} = 2000',
    ].map(
      (point) =>
        `k8s.container.${point} | k8s.namespace.name=shop k8s.node.name=node-1 k8s.pod.name=web k8s.pod.uid=uid-web ` +
        'k8s.container.name=main container.id=abc container.image.name=registry:5000/team/web container.image.tag=1.2',
    ),
    'k8s.pod.phase{} = 2 | k8s.namespace.name=shop k8s.node.name=node-1 k8s.pod.name=web k8s.pod.uid=uid-web',
  ]);
});

test('what is off can be switched on, and what is on off', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  const off = [...clusterKinds.flatMap(({ metrics }) => metrics)].filter(({ on }) => on).map(({ name }) => name);
  const running = await run({
    node_conditions_to_report: [],
    metrics: {
      ...Object.fromEntries(off.map((name) => [name, { enabled: false }])),
      'k8s.pod.status_reason': { enabled: true },
      'k8s.container.status.state': { enabled: true },
      'k8s.container.status.reason': { enabled: true },
    },
    resource_attributes: {
      ...Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, { enabled: false }])),
      'k8s.pod.qos_class': { enabled: true },
      'k8s.container.status.last_terminated_reason': { enabled: true },
    },
  });
  await running.until(() => running.collections.length > 0);
  const one = running.last;
  expect(one).toContain('k8s.pod.status_reason{} = 6 | k8s.pod.qos_class=Burstable');
  expect(one.filter((series) => series.includes('status.state{'))).toEqual(
    ['running} = 1', 'terminated} = 0', 'waiting} = 0'].map(
      (state) =>
        `k8s.container.status.state{k8s.container.status.state=${state} | ` +
        'k8s.container.status.last_terminated_reason=OOMKilled',
    ),
  );
  expect(one).toHaveLength(1 + 3 + 9);
  api.put(
    'pods',
    pod(
      'web',
      {},
      {
        reason: 'Evicted',
        containerStatuses: [
          {
            name: 'main',
            image: `sha256:${'0'.repeat(64)}`,
            containerID: 'docker://x',
            state: { waiting: { reason: 'CrashLoopBackOff' } },
          },
        ],
      },
    ),
  );
  await running.until(() => running.last.join().includes('CrashLoopBackOff} = 1'));
  expect(values(running.last, 'status_reason')).toEqual(['k8s.pod.status_reason = 1']);
});

test('a pod that waits has neither a node nor a state of its containers', async () => {
  const { api, run } = await world();
  api.put(
    'pods',
    pod('new', { nodeName: '' }, { phase: 'Pending', containerStatuses: [{ name: 'main', ready: false }] }),
  );
  api.put(
    'pods',
    pod('odd', { containers: [{ name: 'x', resources: { limits: { cpu: 'many' } } }, {}] }, { phase: 7 }),
  );
  const running = await run({ metrics: { 'k8s.container.status.state': { enabled: true } } });
  await running.until(() => running.collections.length > 0);
  expect(running.last.filter((series) => series.startsWith('k8s.pod.phase'))).toEqual([
    'k8s.pod.phase{} = 1 | k8s.namespace.name=shop k8s.pod.name=new k8s.pod.uid=uid-new',
    'k8s.pod.phase{} = 5 | k8s.namespace.name=shop k8s.node.name=node-1 k8s.pod.name=odd k8s.pod.uid=uid-odd',
  ]);
  expect(values(running.last, 'k8s.container.').map((series) => series.split(' ')[0])).toEqual([
    'k8s.container.cpu_limit',
    'k8s.container.cpu_request',
    'k8s.container.ephemeralstorage_request',
    'k8s.container.memory_limit',
    'k8s.container.memory_request',
    'k8s.container.storage_limit',
  ]);
});

test('nodes: conditions and what can be allocated', async () => {
  const { api, run } = await world();
  api.put('nodes', {
    metadata: meta('node-1'),
    status: {
      allocatable: { cpu: '3920m', memory: '16Gi', pods: '110', 'hugepages-2Mi': '0', 'ephemeral-storage': '10G' },
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'PIDPressure', status: 'False' },
        { type: 'NetworkUnavailable', status: 'Unknown' },
      ],
      nodeInfo: {
        ...{ kubeletVersion: 'v1.31.0', containerRuntimeVersion: 'containerd://1.7.2' },
        ...{ osImage: 'Debian 13', operatingSystem: 'linux' },
      },
    },
  });
  const running = await run({
    node_conditions_to_report: ['Ready', 'PIDPressure', 'NetworkUnavailable', 'MemoryPressure'],
    allocatable_types_to_report: ['cpu', 'memory', 'pods', 'hugepages-2Mi', 'ephemeral-storage', 'nvidia.com/gpu'],
    metrics: { 'k8s.node.condition': { enabled: true } },
    resource_attributes: Object.fromEntries(
      ['k8s.kubelet.version', 'container.runtime', 'container.runtime.version', 'os.description', 'os.type'].map(
        (name) => [name, { enabled: true }],
      ),
    ),
  });
  await running.until(() => running.collections.length > 0);
  expect(values(running.last)).toEqual([
    'k8s.node.allocatable_cpu = 3.92',
    'k8s.node.allocatable_ephemeral_storage = 10000000000',
    'k8s.node.allocatable_hugepages_2_mi = 0',
    'k8s.node.allocatable_memory = 17179869184',
    'k8s.node.allocatable_pods = 110',
    'k8s.node.condition_memory_pressure = -1',
    'k8s.node.condition_network_unavailable = -1',
    'k8s.node.condition_pid_pressure = 0',
    'k8s.node.condition_ready = 1',
    'k8s.node.condition{condition=NetworkUnavailable} = -1',
    'k8s.node.condition{condition=PIDPressure} = 0',
    'k8s.node.condition{condition=Ready} = 1',
  ]);
  expect(running.last[0]).toContain(
    '| k8s.node.name=node-1 k8s.node.uid=uid-node-1 k8s.kubelet.version=v1.31.0 container.runtime=containerd ' +
      'container.runtime.version=1.7.2 os.description=Debian 13 os.type=linux',
  );
});

test('workloads, namespaces, autoscalers and quotas', async () => {
  const { api, run } = await world();
  const replicas = { spec: { replicas: 3 }, status: { availableReplicas: 2 } };
  api.put('namespaces', { metadata: meta('shop'), status: { phase: 'Active' } });
  api.put('namespaces', { metadata: meta('old'), status: { phase: 'Terminating' } });
  api.put('deployments', { metadata: meta('d', 'shop'), ...replicas });
  api.put('replicasets', { metadata: meta('rs', 'shop'), ...replicas });
  api.put('replicationcontrollers', { metadata: meta('rc', 'shop'), ...replicas });
  api.put('statefulsets', {
    metadata: meta('s', 'shop'),
    spec: { replicas: 3 },
    status: { readyReplicas: 1, currentReplicas: 2, updatedReplicas: 3 },
  });
  api.put('statefulsets', { metadata: meta('none', 'shop'), spec: {}, status: { readyReplicas: 1 } });
  api.put('daemonsets', {
    metadata: meta('ds', 'shop'),
    status: { currentNumberScheduled: 1, desiredNumberScheduled: 2, numberMisscheduled: 3, numberReady: 4 },
  });
  api.put('jobs', {
    metadata: meta('j', 'shop'),
    spec: { completions: 10, parallelism: 2 },
    status: { active: 2, failed: 1, succeeded: 5 },
  });
  api.put('jobs', { metadata: meta('plain', 'shop'), spec: {}, status: {} });
  api.put('cronjobs', { metadata: meta('cj', 'shop'), status: { active: [{}, {}] } });
  api.put('horizontalpodautoscalers', {
    metadata: meta('hpa', 'shop'),
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
    status: { currentReplicas: 3, desiredReplicas: 4 },
  });
  api.put('resourcequotas', {
    metadata: meta('q', 'shop'),
    status: { hard: { 'requests.cpu': '2', pods: '10' }, used: { 'requests.cpu': '1500m', pods: '7' } },
  });
  const running = await run({
    resource_attributes: Object.fromEntries(
      ['apiversion', 'kind', 'name'].map((word) => [`k8s.hpa.scaletargetref.${word}`, { enabled: true }]),
    ),
  });
  // Kinds come into a collection as their lists have been read.
  await running.until(() => running.last.length === 33);
  expect(running.last).toEqual(
    [
      'k8s.cronjob.active_jobs{} = 2 | k8s.namespace.name=shop k8s.cronjob.name=cj k8s.cronjob.uid=uid-cj',
      ...[
        'current_scheduled_nodes{} = 1',
        'desired_scheduled_nodes{} = 2',
        'misscheduled_nodes{} = 3',
        'ready_nodes{} = 4',
      ].map(
        (point) => `k8s.daemonset.${point} | k8s.namespace.name=shop k8s.daemonset.name=ds k8s.daemonset.uid=uid-ds`,
      ),
      ...['deployment d', 'replicaset rs', 'replication_controller rc'].flatMap((each) => {
        const [word = '', name = ''] = each.split(' ');
        const plain = word.replace('_', '');
        return ['available{} = 2', 'desired{} = 3'].map(
          (point) =>
            `k8s.${word}.${point} | k8s.namespace.name=shop k8s.${plain}.name=${name} k8s.${plain}.uid=uid-${name}`,
        );
      }),
      ...['current{} = 3', 'desired{} = 4', 'max{} = 9', 'min{} = 1'].map(
        (point) =>
          `k8s.hpa.${point.replace('{', '_replicas{')} | k8s.namespace.name=shop ` +
          'k8s.hpa.name=hpa k8s.hpa.uid=uid-hpa k8s.hpa.scaletargetref.apiversion=apps/v1 ' +
          'k8s.hpa.scaletargetref.kind=Deployment ' +
          'k8s.hpa.scaletargetref.name=d',
      ),
      ...[
        'active_pods{} = 2',
        'desired_successful_pods{} = 10',
        'failed_pods{} = 1',
        'max_parallel_pods{} = 2',
        'successful_pods{} = 5',
      ].map((point) => `k8s.job.${point} | k8s.namespace.name=shop k8s.job.name=j k8s.job.uid=uid-j`),
      ...['active', 'failed', 'successful'].map(
        (word) => `k8s.job.${word}_pods{} = 0 | k8s.namespace.name=shop k8s.job.name=plain k8s.job.uid=uid-plain`,
      ),
      'k8s.namespace.phase{} = 1 | k8s.namespace.name=shop k8s.namespace.uid=uid-shop',
      'k8s.namespace.phase{} = 0 | k8s.namespace.name=old k8s.namespace.uid=uid-old',
      ...[
        'hard_limit{resource=pods} = 10',
        'hard_limit{resource=requests.cpu} = 2000',
        'used{resource=pods} = 7',
        'used{resource=requests.cpu} = 1500',
      ].map(
        (point) =>
          `k8s.resource_quota.${point} | k8s.namespace.name=shop k8s.resourcequota.name=q k8s.resourcequota.uid=uid-q`,
      ),
      ...['current_pods{} = 2', 'desired_pods{} = 3', 'ready_pods{} = 1', 'updated_pods{} = 3'].map(
        (point) =>
          `k8s.statefulset.${point} | k8s.namespace.name=shop k8s.statefulset.name=s k8s.statefulset.uid=uid-s`,
      ),
    ].toSorted(),
  );
});

test('quotas of OpenShift, when it is one', async () => {
  const { api, run } = await world();
  const amounts = (cpu: string): object => ({ hard: { 'limits.cpu': '10' }, used: { 'limits.cpu': cpu } });
  api.put('clusterresourcequotas', {
    metadata: meta('team'),
    status: { total: amounts('3'), namespaces: [{ namespace: 'shop', status: amounts('500m') }] },
  });
  const running = await run({ distribution: 'openshift' });
  await running.until(() => running.collections.length > 0);
  expect(running.last).toEqual(
    [
      'openshift.appliedclusterquota.limit{k8s.namespace.name=shop resource=limits.cpu} = 10000',
      'openshift.appliedclusterquota.used{k8s.namespace.name=shop resource=limits.cpu} = 500',
      'openshift.clusterquota.limit{resource=limits.cpu} = 10000',
      'openshift.clusterquota.used{resource=limits.cpu} = 3000',
    ].map((point) => `${point} | openshift.clusterquota.name=team openshift.clusterquota.uid=uid-team`),
  );
  await run();
  expect(api.requests.filter((line) => line.includes('clusterresourcequotas?limit'))).toHaveLength(1);
});

test('volumes, claims and services, which are read only if their metrics are on', async () => {
  const { api, run } = await world();
  api.put('persistentvolumes', {
    metadata: meta('pv-1'),
    spec: { capacity: { storage: '10Gi' }, storageClassName: 'fast', persistentVolumeReclaimPolicy: 'Retain' },
    status: { phase: 'Bound' },
  });
  api.put('persistentvolumeclaims', {
    metadata: meta('data', 'shop'),
    spec: { resources: { requests: { storage: '8Gi' } }, storageClassName: 'fast' },
    status: { phase: 'Bound', capacity: { storage: '10Gi' } },
  });
  api.put('services', {
    metadata: meta('web', 'shop'),
    spec: { type: 'LoadBalancer', publishNotReadyAddresses: true, trafficDistribution: 'PreferClose' },
    status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'a' }] } },
  });
  api.put('services', { metadata: meta('db', 'shop'), spec: { type: 'ClusterIP' } });
  const slice = (name: string, addressType: string, endpoints: object[]): ApiObject => ({
    metadata: { ...meta(name, 'shop'), labels: { 'kubernetes.io/service-name': 'web' } },
    ...{ addressType, endpoints },
  });
  api.put('endpointslices', slice('web-1', 'IPv4', [{ zone: 'a' }, { zone: 'a', conditions: { ready: false } }, {}]));
  api.put('endpointslices', slice('web-2', 'IPv4', [{ zone: 'a', conditions: { ready: false, serving: true } }]));
  api.put('endpointslices', slice('web-3', 'IPv6', [{ conditions: { ready: false, terminating: true } }]));
  api.put('endpointslices', slice('web-4', 'Other', [{}]));
  api.put('namespaces', { metadata: meta('kube-system'), status: { phase: 'Active' } });
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
  await running.until(() => running.last.some((series) => series.startsWith('k8s.service')));
  const volume = 'k8s.persistentvolume';
  const claim = 'k8s.persistentvolumeclaim';
  expect(values(running.last, 'k8s.persistentvolume.name=')).toEqual([
    ...['Available', 'Bound', 'Failed', 'Pending', 'Released'].map(
      (phase) => `${volume}.status.phase{${volume}.status.phase=${phase}} = ${phase === 'Bound' ? 1 : 0}`,
    ),
    `${volume}.storage.capacity = ${10 * 2 ** 30}`,
  ]);
  expect(values(running.last, 'k8s.persistentvolumeclaim.name=')).toEqual([
    ...['Bound', 'Lost', 'Pending'].map(
      (phase) => `${claim}.status.phase{${claim}.status.phase=${phase}} = ${phase === 'Bound' ? 1 : 0}`,
    ),
    `${claim}.storage.capacity = ${10 * 2 ** 30}`,
    `${claim}.storage.request = ${8 * 2 ** 30}`,
  ]);
  const at = (type: string, condition: string, zone: string, count: number): string =>
    `k8s.service.endpoint.count{k8s.service.endpoint.address_type=${type} ` +
    `k8s.service.endpoint.condition=${condition} k8s.service.endpoint.zone=${zone}} = ${count}`;
  expect(values(running.last, 'k8s.service.name=').toSorted()).toEqual(
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

test('each interval has what is there then', async () => {
  const { api, run } = await world();
  api.put('pods', pod('a'));
  api.put('pods', pod('b'));
  const running = await run({ collection_interval: '5s', initial_delay: '3s' });
  await running.world.clock.pass(2500);
  expect(running.batches).toBe(0);
  await running.until(() => running.collections.length === 1);
  api.put('pods', pod('a', {}, { phase: 'Failed' }));
  api.remove('pods', 'b', 'shop');
  await running.until(() => values(running.last, 'pod.phase').join() === 'k8s.pod.phase = 4');
});

test('with namespaces only those are read, and nothing that is in none', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  api.put('pods', { ...pod('other'), metadata: meta('other', 'bank') });
  api.put('nodes', { metadata: meta('node-1'), status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const running = await run({ namespaces: ['shop', 'empty'] });
  await running.until(() => running.collections.length > 0);
  expect(new Set(running.last.map((series) => /k8s\.pod\.name=(\w+)/.exec(series)?.[1]))).toEqual(new Set(['web']));
  expect(api.requests.some((line) => /\/(nodes|namespaces)\?/.test(line))).toBe(false);
  expect(api.requests.filter((line) => /namespaces\/(shop|empty)\/pods\?limit/.test(line))).toHaveLength(2);
});

test('a kind that may not be read is named with its rule, and the others are reported', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  api.put('namespaces', { metadata: meta('shop'), status: { phase: 'Active' } });
  api.denied.add('list pods');
  const running = await run();
  await running.until(() => running.collections.length > 1);
  expect(values(running.last)).toEqual(['k8s.namespace.phase = 1']);
  const { lines } = running.world;
  const said = (): number =>
    lines.filter(({ level, fields }) => level === 'error' && fields?.['resource'] === 'pods').length;
  expect(lines.map(({ fields }) => String(fields?.['error'])).join()).toContain(
    '{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}',
  );
  expect(running.reports[0]).toContain('recoverable_error: pods: ');
  expect(said()).toBe(1);
  api.denied.clear();
  await running.until(() => values(running.last, 'k8s.pod.phase').length === 1 && running.reports.at(-1) === 'ok');
});

test('while the API is away, the last state is reported', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  const running = await run();
  await running.until(() => running.collections.length > 0);
  api.fault = { status: 503, body: 'away' };
  api.endWatches('cut');
  const before = running.collections.length;
  await running.until(() => running.collections.length > before + 1);
  expect(values(running.last, 'k8s.pod.phase')).toEqual(['k8s.pod.phase = 2']);
});

test('a large cluster is sent in several batches of one time', async () => {
  const { api, run } = await world();
  for (let i = 0; i < 1500; i++) api.put('pods', pod(`p${i}`));
  const running = await run();
  await running.until(() => running.collections.length > 0 && running.last.length === 1500 * 9);
  expect(running.batches).toBeGreaterThan(1);
});

test('only while it leads it reads and reports', async () => {
  const { api, run } = await world();
  api.put('pods', pod('web'));
  let candidate: ElectionCandidate | undefined;
  const running = await run(
    { k8s_leader_elector: 'elector' },
    { join: (one) => ((candidate = one), () => Promise.resolve()) },
  );
  await running.world.clock.pass(60_000);
  expect([api.requests.length, running.batches]).toEqual([0, 0]);
  candidate?.lead();
  await running.until(() => running.collections.length > 0);
  await candidate?.stepDown();
  const { batches } = running;
  await running.world.clock.pass(60_000);
  expect([running.batches, api.watching]).toEqual([batches, 0]);
  candidate?.lead();
  await running.until(() => running.batches > batches);
  await candidate?.stepDown();
});

test('where nothing says how to reach the API, it says so and the program runs', async () => {
  const { run } = await world();
  const running = await run({ kube_config_path: '/nowhere/config' });
  expect(running.reports).toEqual([expect.stringContaining('permanent_error: open /nowhere/config: no such file')]);
});

test('the metrics and attributes are those of the Collector', () => {
  const metrics = clusterKinds.flatMap((kind) => kind.metrics);
  expect(metrics).toHaveLength(54);
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(54);
  expect(
    metrics
      .filter(({ on }) => !on)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([
    'k8s.container.status.reason',
    'k8s.container.status.state',
    'k8s.node.condition',
    'k8s.persistentvolume.status.phase',
    'k8s.persistentvolume.storage.capacity',
    'k8s.persistentvolumeclaim.status.phase',
    'k8s.persistentvolumeclaim.storage.capacity',
    'k8s.persistentvolumeclaim.storage.request',
    'k8s.pod.status_reason',
    'k8s.service.endpoint.count',
    'k8s.service.load_balancer.ingress.count',
    'k8s.statefulset.pod.available',
  ]);
});

test.each<[object, string]>([
  [{ collection_interval: '0s' }, 'requires positive value'],
  [{ distribution: 'k3s' }, '"k3s" is not a supported distribution. Must be one of: "openshift", "kubernetes"'],
  [{ auth_type: 'tls' }, 'invalid authType for kubernetes: tls'],
  [{ metrics: { 'k8s.pod.phases': { enabled: true } } }, 'k8s.pod.phases'],
])('%j is a fault', (options, message) => {
  const parsed = config.safeParse(options);
  expect(parsed.success ? '' : JSON.stringify(parsed.error.issues).replaceAll('\\"', '"')).toContain(message);
});

test('what is not supported is refused, or said', () => {
  const messages = (options: object): string[] => faultsInUse(config, options).map(({ message }) => message);
  expect(messages({ metadata_exporters: ['signalfx'] })).toEqual([
    'metadata_exporters is not supported: no exporter takes metadata',
  ]);
  expect(messages({ namespace: 'a', namespaces: ['b'] })).toEqual([
    'only one of `namespace` and `namespaces` can be set',
  ]);
  const warnings: string[] = [];
  faultsInUse(config, { kube_api_qps: 5 }, { warn: (message) => void warnings.push(message) });
  expect(warnings).toHaveLength(1);
});
