import cluster from 'node:cluster';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { WorkerProcess } from '../../src/workers/worker-process.js';
import { makeClient, startBackend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, productCli, runCommand, startProgram, until } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Health {
  readonly http: number;
  readonly status: string;
  readonly error: string | undefined;
  readonly exporter: string | undefined;
}

async function healthOf(port: number): Promise<Health> {
  const answer = await fetch(`http://127.0.0.1:${port}/status?verbose`, { headers: { connection: 'close' } });
  const body = (await answer.json()) as {
    status: string;
    error?: string;
    components: Record<string, { components: Record<string, { status: string }> }>;
  };
  const exporter = body.components['pipeline:traces']?.components['exporter:otlp_grpc']?.status;
  return { http: answer.status, status: body.status, error: body.error, exporter };
}

test.each([1, 2])('a failing backend is shown by health_check, zpages and the log, workers: %i', async (count) => {
  const [grpc = 0, health = 0, pages = 0, backendPort = 0] = await freePorts(4);
  const gateway = await startProgram(
    `
extensions:
  health_check:
    use_v2: true
    http: {endpoint: "127.0.0.1:${health}"}
    component_health: {include_recoverable_errors: true}
  zpages: {endpoint: "127.0.0.1:${pages}"}
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:${backendPort}"
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms}
  # Of several workers only one runs it.
  file: {path: ./kept.json}
connectors: {forward: }
service:
  extensions: [health_check, zpages]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_grpc, forward]}
    traces/kept: {receivers: [forward], exporters: [file]}
`,
    { args: ['--workers', String(count)] },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  expect(await healthOf(health)).toMatchObject({ http: 200, status: 'StatusOK', exporter: 'StatusOK' });

  const client = makeClient(grpc);
  stops.push(() => client.close());
  await client.send(encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]));
  await until('the error is shown', async () => (await healthOf(health)).http === 500);
  const failing = await healthOf(health);
  expect(failing).toMatchObject({ status: 'StatusRecoverableError', exporter: 'StatusRecoverableError' });
  if (count > 1) expect(failing.error).toMatch(/^worker [12]: /);
  expect(await (await fetch(`http://127.0.0.1:${pages}/debug/statusz`)).text()).toContain('recoverable_error');
  await until('it is logged', () => gateway.output().includes('Component has an error that may pass'));

  const backend = await startBackend(backendPort);
  stops.push(() => backend.close());
  await until('the recovery is shown', async () => (await healthOf(health)).http === 200);
  expect(await healthOf(health)).toMatchObject({ status: 'StatusOK', exporter: 'StatusOK' });
});

test('the primary knows that the components of a worker run when it is ready', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-health-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(
    file,
    `receivers: {nop: }
exporters: {nop: }
service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [nop], exporters: [nop]}}}
`,
  );
  const args = ['--config', file, '--workers', '2'];
  cluster.setupPrimary({ exec: productCli, args, serialization: 'advanced', silent: true });
  const states = await new Promise<readonly string[]>((resolve, reject) => {
    const worker: WorkerProcess = new WorkerProcess({
      start: { number: 1, count: 2, books: path.join(folder, 'books'), onceIsFree: true },
      memoryBytes: 2 ** 28,
      onJoined: () => worker.send({ kind: 'receive' }),
      onReady: () => resolve(worker.statuses.map(({ state }) => state.status)),
      onFailed: reject,
      onEnded: () => reject(new Error('it ended')),
    });
    stops.push(async () => {
      worker.kill();
      await worker.ended;
    });
  });
  expect(states).toEqual(['ok', 'ok']);
});

test('validate names what health_check has not', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-health-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(
    path.join(folder, 'config.yaml'),
    `extensions: {health_check: {use_v2: true, http: {config: {enabled: true}}, grpc: {}}}
receivers: {nop: }
exporters: {nop: }
service: {extensions: [health_check], pipelines: {traces: {receivers: [nop], exporters: [nop]}}}
`,
  );
  const { code, stderr } = await runCommand(['validate', '--config', 'config.yaml'], folder);
  expect(code).toBe(1);
  expect(stderr).toContain('http::config is not supported');
  expect(stderr).toContain('grpc is not supported');
});
