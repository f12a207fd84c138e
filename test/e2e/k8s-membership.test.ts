import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lossOf, makeClient, startBackend, type Backend } from '../support/backend.js';
import { pem } from '../support/certificates.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';
import { ReferenceRing } from '../support/ring.js';

const hosts = ['127.0.8.1', '127.0.8.2', '127.0.8.3', '127.0.8.4'];

/** A slice of the service `sampler` in the namespace `observability`. */
function slice(addresses: readonly string[], unready: readonly string[] = []): Parameters<KubernetesApi['put']>[1] {
  return {
    metadata: {
      name: 'sampler-1',
      namespace: 'observability',
      uid: 'slice-1',
      labels: { 'kubernetes.io/service-name': 'sampler' },
    },
    addressType: 'IPv4',
    endpoints: [
      ...addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ...unready.map((address) => ({ addresses: [address], conditions: { ready: false, terminating: true } })),
    ],
  };
}

test('endpoints come and go, the watch breaks: nothing lost, nothing twice, keys as the ring says', async () => {
  const [grpcPort, metricsPort, port] = (await freePorts(3)) as [number, number, number];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-k8s-'));
  const api = new KubernetesApi(true);
  const apiPort = await api.listen();
  api.token = 'a-token';
  api.put('endpointslices', slice(hosts.slice(0, 3)));
  const kubeConfig = path.join(folder, 'config');
  fs.writeFileSync(path.join(folder, 'ca.pem'), pem('server-a.pem'));
  fs.writeFileSync(
    kubeConfig,
    `
current-context: test
contexts: [{name: test, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:${apiPort}", certificate-authority: ca.pem}}]
users: [{name: me, user: {token: a-token}}]
`,
  );
  const backends = new Map<string, Backend>();
  for (const host of hosts) backends.set(`${host}:${port}`, await startBackend(port, host));
  const gateway = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}"}}}}
exporters:
  load_balancing:
    # What takes longer than the timeout is sent again: on a crowded machine, spans would come twice.
    protocol:
      otlp: {tls: {insecure: true}, timeout: 60s, retry_on_failure: {initial_interval: 200ms, max_interval: 2s}}
    resolver: {k8s: {service: sampler.observability, ports: [${port}]}}
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`,
    { env: { KUBECONFIG: kubeConfig, KUBERNETES_SERVICE_HOST: '' } },
  );
  const client = makeClient(grpcPort);
  const sent: string[] = [];
  let running = true;
  const arrived = (): number => [...backends.values()].reduce((n, b) => n + b.accepted.size, 0);
  const send = async (traces: number): Promise<string[]> => {
    const spans = Array.from({ length: traces }, () => ({
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
    }));
    expect(await client.send(encodeSpans(spans))).toBe(0);
    for (const span of spans) sent.push(span.spanId);
    return spans.map((span) => span.traceId);
  };
  const load = (async () => {
    while (running) {
      await send(40);
      await until('earlier spans to arrive', () => !running || sent.length - arrived() < 10_000);
      // real time: the pace of the load.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const shown = async (name: string): Promise<number> => sum(await readLedger(metricsPort), name);
  const backendCount = async (): Promise<number> => {
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(/^otelcol_loadbalancer_num_backends\{[^}]*\} (\d+)$/m.exec(page)?.[1]);
  };
  const settled = async (names: readonly string[]): Promise<void> => {
    await until('the list to change', async () => (await backendCount()) === names.length);
    const ring = new ReferenceRing(names.map((host) => `${host}:${port}`));
    for (const trace of await send(300)) {
      const owner = ring.ownerOf(Buffer.from(trace, 'hex'));
      await until(`trace ${trace} to be at ${owner}`, () => backends.get(owner)?.traces.has(trace) ?? false);
    }
  };
  try {
    await settled(hosts.slice(0, 3));
    api.endWatches('cut');
    api.put('endpointslices', slice(hosts));
    await settled(hosts);
    // The API server is away for a while, and has forgotten what came before.
    api.fault = { status: 500, body: 'the server is starting' };
    api.endWatches('in order');
    await until('a failed question', () => gateway.output().includes('failed to resolve'));
    await send(100);
    api.compact();
    api.fault = undefined;
    await settled(hosts);
    // The right to watch is taken away, and comes back.
    api.denied.add('endpointslices');
    api.endWatches('cut');
    await until('the missing rule to be named', () =>
      gateway
        .output()
        .includes('{apiGroups: [\\"discovery.k8s.io\\"], resources: [endpointslices], verbs: [get, list, watch]}'),
    );
    api.denied.clear();
    api.put('endpointslices', slice(hosts.slice(0, 2), hosts.slice(2)));
    await settled(hosts.slice(0, 2));
    // Nothing is ready: the last two go on.
    api.put('endpointslices', slice([], hosts));
    await until('the empty list to be said', () => gateway.output().includes('No endpoint of the service is ready'));
    await settled(hosts.slice(0, 2));
    running = false;
    await load;
    await until('every span to arrive', () => arrived() === sent.length);
    const { lost, duplicates } = lossOf(sent, [...backends.values()]);
    expect({ lost, duplicates }).toEqual({ lost: 0, duplicates: 0 });
    await until('the ledger to hold nothing', async () => (await shown('kanmon_ledger_held')) === 0);
    expect(await shown('kanmon_ledger_accepted')).toBe(sent.length);
    expect(await shown('kanmon_ledger_dropped')).toBe(0);
  } finally {
    running = false;
    client.close();
    await gateway.stop('SIGKILL');
    await api.close();
    await Promise.all([...backends.values()].map((b) => b.close()));
    fs.rmSync(folder, { recursive: true });
  }
});
