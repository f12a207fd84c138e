import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { apiText } from '../../src/kubernetes/json.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { recordsOf } from '../support/log-receiver.js';
import { startProgram, until, type Program } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Place {
  readonly api: KubernetesApi;
  readonly backend: LogBackend;
  run(more?: string, args?: readonly string[]): Promise<Program>;
  put(name: string): void;
  /** How often each event arrived. */
  arrived(): Readonly<Record<string, number>>;
}

async function place(): Promise<Place> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  const backend = await startLogBackend();
  stops.push(() => backend.close());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-once-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const kubeConfig = path.join(folder, 'config');
  fs.writeFileSync(
    kubeConfig,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  const access = `auth_type: kubeConfig, kube_config_path: ${kubeConfig}`;
  const lease = 'lease_name: events, lease_namespace: default';
  // A leader that gets no time to renew for so long would be followed by another one before it is killed.
  const times = 'lease_duration: 7s, renew_deadline: 6s, retry_period: 500ms';
  return {
    api,
    backend,
    async run(more = '', args = []) {
      const program = await startProgram(
        `
extensions:
  k8s_leader_elector: {${access}, ${lease}, ${times}}
receivers:
  k8s_objects: {${access}, objects: [{name: events, mode: watch}]${more}}
exporters:
  otlp_grpc: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}}
service:
  extensions: [k8s_leader_elector]
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [k8s_objects], exporters: [otlp_grpc]}
`,
        { args },
      );
      stops.push(() => program.stop('SIGKILL'));
      return program;
    },
    put: (name) => api.put('events', { metadata: { name, namespace: 'shop', uid: name } }),
    arrived() {
      const counts: Record<string, number> = {};
      for (const request of backend.requests)
        for (const { attributes } of recordsOf(request)) {
          const name = String(attributes['event.name']);
          counts[name] = (counts[name] ?? 0) + 1;
        }
      return counts;
    },
  };
}

test('with several workers one of them reads', async () => {
  const { api, run, put, arrived } = await place();
  await run('', ['--workers', '2']);
  await until('the watch', () => api.watching === 1);
  put('a');
  await until('the first event', () => arrived()['a'] !== undefined);
  put('b');
  await until('the second event', () => arrived()['b'] !== undefined);
  expect(arrived()).toEqual({ a: 1, b: 1 });
  expect(api.watching).toBe(1);
});

test('of several replicas one reads, and another one when that was killed or has ended', async () => {
  const { api, run, put, arrived } = await place();
  const elected = ', k8s_leader_elector: k8s_leader_elector';
  const holder = (): string => apiText(api.objects('leases')[0], 'spec', 'holderIdentity') ?? '';
  const first = await run(elected, ['--workers', '2']);
  await until('the first leader', () => api.watching === 1);
  const second = await run(elected);
  put('a');
  await until('the first event', () => arrived()['a'] !== undefined);
  const before = holder();
  await first.stop('SIGKILL');
  await until('the second leader', () => holder() !== before && api.watching === 1);
  put('b');
  await until('the second event', () => arrived()['b'] !== undefined);
  await run(elected);
  expect(await second.stop()).toBe(0);
  await until('the third leader', () => holder() !== '' && api.watching === 1);
  put('c');
  await until('the third event', () => arrived()['c'] !== undefined);
  expect(arrived()).toEqual({ a: 1, b: 1, c: 1 });
});
