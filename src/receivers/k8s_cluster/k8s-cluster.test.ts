import { expect, test } from 'vitest';
import { clusterWorld, metaOf, stopClusterWorlds, valuesOf } from '../../../test/support/cluster-world.js';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import type { ApiObject } from '../../../test/support/kubernetes-api.js';
import type { ElectionCandidate } from '../../component/leader-election.js';
import { config } from './config.js';
import { clusterKinds, openshiftKinds, usualKinds } from './kinds/all.js';
import { clusterAttributes } from './resource-attributes.js';

stopClusterWorlds();

function pod(name: string, more: object = {}, status: object = {}): ApiObject {
  return {
    metadata: metaOf(name, 'shop'),
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
  const { api, run } = await clusterWorld();
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
  const { api, run } = await clusterWorld();
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
  expect(valuesOf(running.last, 'status_reason')).toEqual(['k8s.pod.status_reason = 1']);
});

test('a pod that waits has neither a node nor a state of its containers', async () => {
  const { api, run } = await clusterWorld();
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
  expect(valuesOf(running.last, 'k8s.container.').map((series) => series.split(' ')[0])).toEqual([
    'k8s.container.cpu_limit',
    'k8s.container.cpu_request',
    'k8s.container.ephemeralstorage_request',
    'k8s.container.memory_limit',
    'k8s.container.memory_request',
    'k8s.container.storage_limit',
  ]);
});

test('no collection lacks the UID of the cluster, whichever list is answered first', async () => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('web'));
  api.put('namespaces', { metadata: metaOf('kube-system'), status: { phase: 'Active' } });
  api.holdLists();
  const resource_attributes = { 'k8s.cluster.uid': { enabled: true } };
  const running = await run({ resource_attributes, collection_interval: '1s' });
  const lists = usualKinds.length + 1;
  // No time passes for them: a list may take a minute.
  await expect.poll(() => api.listsWaiting).toBe(lists);
  for (let answered = 1; answered <= lists; answered++) {
    api.answerList();
    await expect.poll(() => api.requests.filter((line) => line.includes('watch=')).length).toBe(answered);
    // Time for a collection.
    await running.world.clock.pass(1000);
  }
  await running.until(() => running.last.some((series) => series.startsWith('k8s.pod.phase')));
  const series = running.collections.flat();
  expect(series.filter((each) => !each.includes('| k8s.cluster.uid=uid-kube-system'))).toEqual([]);
});

test.each(['denied', 'without the namespace'])('a cluster whose UID cannot be read: %s', async (why) => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('web'));
  if (why === 'denied') api.denied.add('namespaces');
  const running = await run({ resource_attributes: { 'k8s.cluster.uid': { enabled: true } } });
  await running.until(() => running.last.some((series) => series.startsWith('k8s.pod.phase')));
  expect(running.last.some((series) => series.includes('k8s.cluster.uid'))).toBe(false);
});

test('nodes: conditions and what can be allocated', async () => {
  const { api, run } = await clusterWorld();
  api.put('nodes', {
    metadata: metaOf('node-1'),
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
  expect(valuesOf(running.last)).toEqual([
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
  const { api, run } = await clusterWorld();
  const replicas = { spec: { replicas: 3 }, status: { availableReplicas: 2 } };
  api.put('namespaces', { metadata: metaOf('shop'), status: { phase: 'Active' } });
  api.put('namespaces', { metadata: metaOf('old'), status: { phase: 'Terminating' } });
  api.put('deployments', { metadata: metaOf('d', 'shop'), ...replicas });
  api.put('replicasets', { metadata: metaOf('rs', 'shop'), ...replicas });
  api.put('replicationcontrollers', { metadata: metaOf('rc', 'shop'), ...replicas });
  api.put('statefulsets', {
    metadata: metaOf('s', 'shop'),
    spec: { replicas: 3 },
    status: { readyReplicas: 1, currentReplicas: 2, updatedReplicas: 3 },
  });
  api.put('statefulsets', { metadata: metaOf('none', 'shop'), spec: {}, status: { readyReplicas: 1 } });
  api.put('daemonsets', {
    metadata: metaOf('ds', 'shop'),
    status: { currentNumberScheduled: 1, desiredNumberScheduled: 2, numberMisscheduled: 3, numberReady: 4 },
  });
  api.put('jobs', {
    metadata: metaOf('j', 'shop'),
    spec: { completions: 10, parallelism: 2 },
    status: { active: 2, failed: 1, succeeded: 5 },
  });
  api.put('jobs', { metadata: metaOf('plain', 'shop'), spec: {}, status: {} });
  api.put('cronjobs', { metadata: metaOf('cj', 'shop'), status: { active: [{}, {}] } });
  api.put('horizontalpodautoscalers', {
    metadata: metaOf('hpa', 'shop'),
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
    status: { currentReplicas: 3, desiredReplicas: 4 },
  });
  api.put('resourcequotas', {
    metadata: metaOf('q', 'shop'),
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
  const { api, run } = await clusterWorld();
  const amounts = (cpu: string): object => ({ hard: { 'limits.cpu': '10' }, used: { 'limits.cpu': cpu } });
  api.put('clusterresourcequotas', {
    metadata: metaOf('team'),
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
  const plain = await run();
  await plain.until(() => api.watching === 2 * usualKinds.length + openshiftKinds.length);
  expect(api.requests.filter((line) => line.includes('clusterresourcequotas?limit'))).toHaveLength(1);
});

test('each interval has what is there then', async () => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('a'));
  api.put('pods', pod('b'));
  const running = await run({ collection_interval: '5s', initial_delay: '3s' });
  await running.world.clock.pass(2500);
  expect(running.batches).toBe(0);
  await running.until(() => running.collections.length === 1);
  api.put('pods', pod('a', {}, { phase: 'Failed' }));
  api.remove('pods', 'b', 'shop');
  await running.until(() => valuesOf(running.last, 'pod.phase').join() === 'k8s.pod.phase = 4');
});

test('with namespaces only those are read, and nothing that is in none', async () => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('web'));
  api.put('pods', { ...pod('other'), metadata: metaOf('other', 'bank') });
  api.put('nodes', { metadata: metaOf('node-1'), status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const running = await run({ namespaces: ['shop', 'empty'] });
  await running.until(() => running.collections.length > 0);
  expect(new Set(running.last.map((series) => /k8s\.pod\.name=(\w+)/.exec(series)?.[1]))).toEqual(new Set(['web']));
  expect(api.requests.some((line) => /\/(nodes|namespaces)\?/.test(line))).toBe(false);
  expect(api.requests.filter((line) => /namespaces\/(shop|empty)\/pods\?limit/.test(line))).toHaveLength(2);
});

test('a kind that may not be read is named with its rule, and the others are reported', async () => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('web'));
  api.put('namespaces', { metadata: metaOf('shop'), status: { phase: 'Active' } });
  api.denied.add('list pods');
  const running = await run();
  await running.until(() => running.collections.length > 1);
  expect(valuesOf(running.last)).toEqual(['k8s.namespace.phase = 1']);
  const { lines } = running.world;
  const said = (): number =>
    lines.filter(({ level, fields }) => level === 'error' && fields?.['resource'] === 'pods').length;
  expect(lines.map(({ fields }) => String(fields?.['error'])).join()).toContain(
    '{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}',
  );
  expect(running.reports[0]).toContain('recoverable_error: pods: ');
  expect(said()).toBe(1);
  api.denied.clear();
  await running.until(() => valuesOf(running.last, 'k8s.pod.phase').length === 1 && running.reports.at(-1) === 'ok');
});

test('while the API is away, the last state is reported', async () => {
  const { api, run } = await clusterWorld();
  api.put('pods', pod('web'));
  const running = await run();
  await running.until(() => running.collections.length > 0);
  api.fault = { status: 503, body: 'away' };
  api.endWatches('cut');
  const before = running.collections.length;
  await running.until(() => running.collections.length > before + 1);
  expect(valuesOf(running.last, 'k8s.pod.phase')).toEqual(['k8s.pod.phase = 2']);
});

test('a large cluster is sent in several batches of one time', async () => {
  const { api, run } = await clusterWorld();
  for (let i = 0; i < 1500; i++) api.put('pods', pod(`p${i}`));
  const running = await run();
  await running.until(() => running.collections.length > 0 && running.last.length === 1500 * 9);
  expect(running.batches).toBeGreaterThan(1);
});

test('only while it leads it reads and reports', async () => {
  const { api, run } = await clusterWorld();
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
  expect(running.batches).toBe(batches);
  // The API learns of it a moment later.
  await running.until(() => api.watching === 0);
  candidate?.lead();
  await running.until(() => running.batches > batches);
  await candidate?.stepDown();
});

test('where nothing says how to reach the API, it says so and the program runs', async () => {
  const { run } = await clusterWorld();
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
