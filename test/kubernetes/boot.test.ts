import net from 'node:net';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import { parse } from 'yaml';
import { makeClient, startBackend } from '../support/backend.js';
import { ChartRenderer } from '../support/chart/chart-renderer.js';
import { rightsOf, workloadsOf, type Workload } from '../support/chart/objects.js';
import { RunningPod, type PodSurroundings } from '../support/chart/pod.js';
import type { TemplateMap } from '../support/chart/template-functions.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { encodeSpans } from '../support/otlp.js';
import { testWith } from '../support/peers.js';
import { until } from '../support/program.js';

const renderer = new ChartRenderer(path.resolve(import.meta.dirname, '../../deploy/kubernetes/chart'));
const objectsOf = (values: TemplateMap): TemplateMap[] =>
  renderer.objects({ name: 'kanmon', namespace: 'observability', values });
const oneSpan = (id: string): Buffer => encodeSpans([{ traceId: id.repeat(16), spanId: id.repeat(8) }]);

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Addresses that nothing else on this machine has: those of pods. */
function address(pod: number): string {
  return `127.${40 + (process.pid % 200)}.7.${pod}`;
}

async function startPod(
  objects: readonly TemplateMap[],
  name: string,
  surroundings: Omit<PodSurroundings, 'node'>,
): Promise<RunningPod> {
  const workload = workloadsOf(objects).find(({ metadata }) => metadata.name === name) as Workload;
  const pod = new RunningPod(objects, workload, { node: 'node-1', ...surroundings });
  stops.push(() => pod.child.kill('SIGKILL') && pod.ended);
  await pod.started();
  return pod;
}

/** An API server that grants what the chart's rules of a workload grant, and nothing else. */
async function startApi(objects: readonly TemplateMap[], workload: string): Promise<KubernetesApi & { port: number }> {
  const api = new KubernetesApi(true);
  api.token = `token of ${workload}`;
  const granted = rightsOf(objects, workload).map((right) =>
    right
      .replace(/ in .*$/, '')
      .split(' ')
      .at(-1),
  );
  for (const plural of ['pods', 'namespaces', 'nodes', 'replicasets', 'deployments', 'jobs', 'endpointslices'])
    if (!granted.includes(plural)) api.denied.add(plural);
  const port = await api.listen();
  stops.push(() => api.close());
  return Object.assign(api, { port });
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

const inContainers = testWith('unshare');

inContainers('the pods of both tiers and the agent run as rendered, carry a trace, and drain in time', async () => {
  const backend = await startBackend();
  stops.push(() => backend.close());
  const objects = objectsOf({
    drain: { shutdownDelaySeconds: 1, timeoutSeconds: 10 },
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
  // The application: connections from here have this address.
  ofAgent.put('pods', {
    metadata: {
      ...{ name: 'cart-7d9f8b6c5-x2x4z', namespace: 'shop', uid: 'pod-1' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'cart-7d9f8b6c5', uid: 'set-1' }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'cart', image: 'shop/cart:1.2' }] },
    status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] },
  });
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
  await until('the pod to be known', async () => {
    const page = await (await fetch(`http://${agentAt}:8888/metrics`)).text();
    return /^otelcol_otelsvc_k8s_pod_table_size\S* 1$/m.test(page);
  });
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
    expect(tier2.log).toContain(attribute);
  // The metrics that the ScaledObject asks Prometheus for are there.
  const page = await (await fetch(`http://${tier2At}:8888/metrics`)).text();
  for (const metric of [
    /^kanmon_tail_sampling_pending_bytes\{/m,
    /^kanmon_exporter_queue_memory(_bytes)?\{/m,
    /^kanmon_exporter_queue_age(_seconds)?\{/m,
  ])
    expect(page).toMatch(metric);
  // Each leaves: at once not ready, still open, then gone by itself within its grace period, with all delivered.
  for (const [pod, at] of [
    [agent, agentAt],
    [tier1, tier1At],
    [tier2, tier2At],
  ] as const) {
    const code = pod.stop();
    await until('the probe to say no', async () => (await pod.probe('readinessProbe')) === 503);
    expect(await accepts(at, 4317)).toBe(true);
    expect(await code, pod.log).toBe(0);
    expect(await accepts(at, 4317)).toBe(false);
    expect(pod.log).toContain('The ledger balances');
  }
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
