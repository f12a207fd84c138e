import net from 'node:net';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import { parse } from 'yaml';
import { makeClient, startBackend } from '../support/backend.js';
import { ChartRenderer } from '../support/chart/chart-renderer.js';
import { grantsOf, workloadsOf, type Workload } from '../support/chart/objects.js';
import { RunningPod, type PodSurroundings } from '../support/chart/pod.js';
import type { TemplateMap } from '../support/chart/template-functions.js';
import { valueSets } from '../support/chart/value-sets.js';
import { KubeletServer, summaryOf } from '../support/kubelet-server.js';
import { KubernetesApi, type ApiObject } from '../support/kubernetes-api.js';
import { encodeSpans } from '../support/otlp.js';
import { testWith } from '../support/peers.js';
import { until } from '../support/program.js';

const renderer = new ChartRenderer(path.resolve(import.meta.dirname, '../../deploy/kubernetes/chart'));
const objectsOf = (values: TemplateMap): TemplateMap[] =>
  renderer.objects({ name: 'kanmon', namespace: 'observability', values });
/** The application: connections from here have its address. */
const cart: ApiObject = {
  metadata: {
    ...{ name: 'cart-7d9f8b6c5-x2x4z', namespace: 'shop', uid: '0e6d5f7c-9b00-4000-8000-000000000001' },
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { app: 'cart', 'pod-template-hash': '7d9f8b6c5' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'cart-7d9f8b6c5', uid: 'set-1' }],
  },
  spec: { nodeName: 'node-1', containers: [{ name: 'cart', image: 'shop/cart:1.2' }] },
  status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] },
};
const oneSpan = (id: string): Buffer => encodeSpans([{ traceId: id.repeat(16), spanId: id.repeat(8) }]);

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Addresses that nothing else on this machine has: those of pods. */
function address(pod: number): string {
  return `127.${40 + (process.pid % 200)}.7.${pod}`;
}

function workloadOf(objects: readonly TemplateMap[], name: string): Workload {
  return workloadsOf(objects).find(({ metadata }) => metadata.name === name) as Workload;
}

async function startPod(
  objects: readonly TemplateMap[],
  name: string,
  surroundings: Omit<PodSurroundings, 'node'>,
): Promise<RunningPod> {
  const pod = new RunningPod(objects, workloadOf(objects, name), { node: 'node-1', ...surroundings });
  stops.push(() => pod.child.kill('SIGKILL') && pod.ended);
  await pod.started();
  return pod;
}

/** An API server that grants what the bindings of a workload's account grant, and nothing else. */
async function startApi(objects: readonly TemplateMap[], workload: string): Promise<KubernetesApi & { port: number }> {
  const api = new KubernetesApi(true);
  api.token = `token of ${workload}`;
  api.granted = grantsOf(objects, workloadOf(objects, workload));
  const port = await api.listen();
  stops.push(() => api.close());
  return Object.assign(api, { port });
}

/** Resolves when the processor of a pod at an address knows the application. */
function knowsPod(at: string): Promise<void> {
  return until('the pod to be known', async () => {
    const page = await (await fetch(`http://${at}:8888/metrics`)).text();
    return /^otelcol_otelsvc_k8s_pod_table_size\S* 1$/m.test(page);
  });
}

/** Seconds in which even a busy machine sees that a pod is not ready and still open. */
const delay = 5;

/** At once not ready and still open, then gone by itself within its grace period, with all delivered. */
async function leaves(pod: RunningPod, at: string): Promise<void> {
  const code = pod.stop();
  await until('the probe to say no', async () => (await pod.probe('readinessProbe')) === 503);
  expect(await accepts(at, 4317)).toBe(true);
  expect(await code, pod.log).toBe(0);
  expect(await accepts(at, 4317)).toBe(false);
  expect(pod.log).toContain('The ledger balances');
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = net.connect(port, host);
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}

const inContainers = testWith('unshare', 'nsenter');

inContainers('the pods of both tiers and the agent run as rendered, carry a trace, and drain in time', async () => {
  const backend = await startBackend();
  stops.push(() => backend.close());
  const objects = objectsOf({
    drain: { shutdownDelaySeconds: delay, timeoutSeconds: 10 },
    tier2: {
      drain: { timeoutSeconds: 10 },
      config: {
        processors: { tail_sampling: { decision_wait: '100ms' } },
        exporters: {
          debug: { verbosity: 'detailed' },
          otlp_grpc: { endpoint: `127.0.0.1:${backend.port}`, tls: { insecure: true } },
        },
        service: { pipelines: { traces: { exporters: ['debug', 'otlp_grpc'] } } },
      },
    },
  });
  const [agentAt, tier1At, tier2At] = [address(1), address(2), address(3)] as const;
  const ofTier1 = await startApi(objects, 'kanmon-tier1');
  const slice = (addresses: readonly string[]): void =>
    ofTier1.put('endpointslices', {
      metadata: {
        name: 'kanmon-tier2-1',
        namespace: 'observability',
        uid: 'slice-1',
        labels: { 'kubernetes.io/service-name': 'kanmon-tier2' },
      },
      addressType: 'IPv4',
      endpoints: addresses.map((each) => ({ addresses: [each], conditions: { ready: true } })),
    });
  slice([tier2At]);
  const ofAgent = await startApi(objects, 'kanmon-agent');
  ofAgent.put('namespaces', { metadata: { name: 'kube-system', uid: 'the-cluster' } });
  ofAgent.put('pods', cart);
  const tier2 = await startPod(objects, 'kanmon-tier2', { address: tier2At });
  const tier1 = await startPod(objects, 'kanmon-tier1', {
    address: tier1At,
    apiPort: ofTier1.port,
    token: ofTier1.token ?? '',
  });
  const agent = await startPod(objects, 'kanmon-agent', {
    address: agentAt,
    apiPort: ofAgent.port,
    token: ofAgent.token ?? '',
    hosts: { 'kanmon-tier1.observability.svc': tier1At },
  });
  await knowsPod(agentAt);
  for (const pod of [tier2, tier1, agent]) {
    expect([await pod.probe('readinessProbe'), await pod.probe('livenessProbe')]).toEqual([200, 200]);
    const status = fs.readFileSync(`/proc/${pod.child.pid}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    if (process.getuid?.() === 0) expect(status).toMatch(/^Uid:\s+10001\s/m);
  }
  const client = makeClient(4317, agentAt);
  stops.push(() => client.close());
  expect(await client.send(oneSpan('0a'))).toBe(0);
  await until('the span to arrive', () => backend.accepted.size === 1);
  for (const attribute of [
    'k8s.pod.name: Str(cart-7d9f8b6c5-x2x4z)',
    'k8s.deployment.name: Str(cart)',
    'k8s.cluster.uid: Str(the-cluster)',
    'container.image.name: Str(shop/cart)',
  ])
    await until(attribute, () => tier2.log.includes(attribute));
  // The metrics that the ScaledObject asks Prometheus for are there.
  const page = await (await fetch(`http://${tier2At}:8888/metrics`)).text();
  for (const metric of [
    /^kanmon_tail_sampling_pending_bytes\{/m,
    /^kanmon_exporter_queue_memory(_bytes)?\{/m,
    /^kanmon_exporter_queue_age(_seconds)?\{/m,
  ])
    expect(page).toMatch(metric);
  await leaves(agent, agentAt);
  await leaves(tier1, tier1At);
  await leaves(tier2, tier2At);
});

inContainers("the default values of the Collector's chart run unchanged", async () => {
  const theirs = parse(
    fs.readFileSync(path.join(import.meta.dirname, 'collector-chart-values.yaml'), 'utf8'),
  ) as TemplateMap;
  const objects = objectsOf({ ...theirs, mode: 'deployment', drain: { shutdownDelaySeconds: 1 } });
  const pod = await startPod(objects, 'kanmon', { address: address(4) });
  expect(await pod.probe('readinessProbe')).toBe(200);
  const client = makeClient(4317, address(4));
  stops.push(() => client.close());
  expect(await client.send(oneSpan('0b'))).toBe(0);
  await until('the span in the log', () => /"spans": ?1|spans[=: ]+1/.test(pod.log));
  expect(await pod.stop(), pod.log).toBe(0);
});

inContainers('a StatefulSet keeps the queue on its volume', async () => {
  const objects = objectsOf({
    mode: 'statefulset',
    drain: { shutdownDelaySeconds: 0, timeoutSeconds: 1 },
    persistence: { enabled: true },
    config: {
      exporters: { otlp_grpc: { endpoint: '127.0.0.1:1', tls: { insecure: true } } },
      service: { pipelines: { traces: { processors: ['memory_limiter'], exporters: ['otlp_grpc'] } } },
    },
  });
  const pod = await startPod(objects, 'kanmon', { address: address(5) });
  const client = makeClient(4317, address(5));
  stops.push(() => client.close());
  expect(await client.send(oneSpan('0c'))).toBe(0);
  expect(await pod.stop(), pod.log).toBe(0);
  expect(pod.log).toMatch(/stored/);
});

/**
 * The part of what `debug` printed that is about one resource, and has `text` and all of `more`, or else only `text`;
 * '' as long as there is none.
 */
function printedWith(pod: RunningPod, text: string, more: readonly string[]): string {
  const parts = pod.log.split(/^(?=Resource(?:Spans|Log|Metrics) #)/m).filter((part) => part.includes(text));
  return parts.find((part) => more.every((each) => part.includes(each))) ?? parts[0] ?? '';
}

inContainers(
  'a DaemonSet with all presets reads its node and the cluster as rendered, and drains in time',
  async () => {
    const { config, ...presets } = valueSets['a DaemonSet with all presets'] ?? {};
    expect(config).toBeUndefined();
    const objects = objectsOf({
      ...presets,
      drain: { shutdownDelaySeconds: delay },
      config: {
        // A kubelet signs its own certificate where no one else does.
        receivers: { kubeletstats: { insecure_skip_verify: true } },
        exporters: { debug: { verbosity: 'detailed' } },
      },
    });
    const [at, nodeAt] = [address(6), address(7)] as const;
    const api = await startApi(objects, 'kanmon');
    for (const [plural, object] of [
      ['namespaces', { metadata: { name: 'kube-system', uid: 'the-cluster' } }],
      ['namespaces', { metadata: { name: 'shop', uid: 'namespace-1' }, status: { phase: 'Active' } }],
      ['nodes', { metadata: { name: 'node-1', uid: 'node-uid' }, status: { allocatable: { cpu: '4' } } }],
      ['deployments', { metadata: { name: 'cart', namespace: 'shop', uid: 'cart-1' }, spec: { replicas: 3 } }],
      ['pods', cart],
    ] as const)
      api.put(plural, object);
    const kubelet = await KubeletServer.start(true, nodeAt, 10_250);
    stops.push(() => kubelet.stop());
    kubelet.token = api.token;
    kubelet.summary = summaryOf(Date.now(), 3);
    for (const [file, right] of [
      ['/stats/summary', 'get /nodes/stats'],
      ['/pods', 'get /nodes/pods'],
    ] as const)
      if (api.granted?.has(right) !== true) kubelet.denied.add(file);
    const node = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-node-'));
    stops.push(() => fs.rmSync(node, { recursive: true }));
    fs.chmodSync(node, 0o755);
    const logs = path.join(node, 'pods');
    const pod = await startPod(objects, 'kanmon', {
      address: at,
      nodeAddress: nodeAt,
      apiPort: api.port,
      token: api.token ?? '',
      hostPaths: {
        '/var/log/pods': logs,
        '/var/lib/docker/containers': path.join(node, 'containers'),
        '/var/lib/otelcol': path.join(node, 'otelcol'),
        '/': '/',
      },
    });
    for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe'] as const)
      expect(await pod.probe(probe)).toBe(200);
    await knowsPod(at);

    // A pod of the node writes a line into a file that only its owner and root's one capability can read.
    const file = path.join(logs, `shop_${cart.metadata.name}_${cart.metadata.uid}/cart/0.log`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.new`, '2026-01-02T03:04:05.000000000Z stdout F a line of the cart\n', { mode: 0o600 });
    if (process.getuid?.() === 0) fs.chownSync(`${file}.new`, 65_534, 65_534);
    fs.renameSync(`${file}.new`, file);
    const client = makeClient(4317, at);
    stops.push(() => client.close());
    expect(await client.send(oneSpan('0d'))).toBe(0);
    await until('the watch of events', () => api.requests.some((each) => /events\?.*watch=/.test(each)));
    api.put('events', {
      metadata: { name: 'cart.17', namespace: 'shop', uid: 'event-1' },
      ...{ reason: 'BackOff', note: 'Back-off restarting failed container', type: 'Warning' },
    });
    const ofCart = ['k8s.pod.name: Str(cart-7d9f8b6c5-x2x4z)', 'k8s.deployment.name: Str(cart)', 'app: Str(cart)'];
    // By what only one preset brings, with what else is of the same resource.
    const expected: readonly (readonly [what: string, text: string, more: readonly string[]])[] = [
      ['the span', `Trace ID       : ${'0d'.repeat(16)}`, [...ofCart, 'k8s.cluster.uid: Str(the-cluster)']],
      ['the line', 'Body: Str(a line of the cart)', [...ofCart, 'k8s.container.name: Str(cart)']],
      ['the event', 'Back-off restarting failed container', ['BackOff']],
      ...['cpu.time', 'memory.usage', 'disk.io', 'filesystem.usage', 'network.io', 'cpu.load_average.1m'].map(
        (name) => [`${name} of the host`, `Name: system.${name}`, ['k8s.node.uid: Str(node-uid)']] as const,
      ),
      ['the kubelet', 'Name: k8s.node.cpu.time', ['k8s.node.name: Str(n1)']],
      ['the cluster', 'Name: k8s.deployment.desired', ['k8s.deployment.name: Str(cart)', 'Value: 3']],
    ];
    for (const [what, text, more] of expected) {
      const printed = (): string => printedWith(pod, text, more);
      // A long text comes in pieces.
      const isWhole = (): boolean => printed() !== '' && more.every((each) => printed().includes(each));
      await until(what, () => isWhole() || pod.child.exitCode !== null).catch(() => {});
      expect(printed(), what).not.toBe('');
      for (const each of more) expect(printed()).toContain(each);
    }
    // Each reader of the cluster was elected, in the namespace that its right is for.
    expect(
      api
        .objects('leases')
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
        .toSorted(),
    ).toEqual(['observability/kanmon-cluster', 'observability/kanmon-events']);
    // Nothing that it read was refused, or could not be read.
    expect(pod.log).not.toMatch(/forbidden|answers 40[13]|permission denied|EACCES/i);
    expect(fs.readdirSync(path.join(node, 'otelcol'))).not.toEqual([]);
    await leaves(pod, at);
    expect(pod.hookOutput).toBe(`${process.version}\n`);
  },
);
