import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { lossOf, makeClient, startBackend, type Backend } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const example = fs.readFileSync(path.resolve(import.meta.dirname, '../../examples/persistent-gateway.yaml'), 'utf8');
/** Moments at which the program is killed. */
const kills = Number(process.env['KANMON_KILLS'] ?? 3);

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-queue-'));
  stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function newBackend(port = 0): Promise<Backend> {
  const backend = await startBackend(port);
  stops.push(() => backend.close());
  return backend;
}

interface Gateway {
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
  readonly storage: string;
  start(yaml?: string, options?: Parameters<typeof startProgram>[1]): Promise<Program>;
}

/** The example as a user would run it, on ports of its own, which a start after a kill has again. */
async function gateway(backend: number, storage = newFolder()): Promise<Gateway> {
  const [grpc = 0, http_ = 0, metrics = 0, health = 0] = await freePorts(4);
  return {
    ...{ grpc, http: http_, metrics, storage },
    async start(yaml = example, options = {}) {
      const program = await startProgram(yaml, {
        ...options,
        env: {
          ...{ GRPC_PORT: String(grpc), HTTP_PORT: String(http_), METRICS_PORT: String(metrics) },
          ...{ HEALTH_PORT: String(health), BACKEND: `127.0.0.1:${backend}`, STORAGE_DIR: storage },
        },
      });
      stops.push(() => program.stop('SIGKILL'));
      return program;
    },
  };
}

const newId = (): string => randomBytes(8).toString('hex');
const bodyOf = (ids: readonly string[], service?: string): Buffer =>
  encodeSpans(
    ids.map((spanId) => ({ traceId: randomBytes(16).toString('hex'), spanId })),
    service,
  );

test(`nothing acknowledged is lost when the program is killed at ${kills} random moments under load`, async () => {
  const backend = await newBackend();
  const { grpc, start } = await gateway(backend.port);
  let program = await start();
  const acknowledged: string[] = [];
  let sending = true;
  const send = async (): Promise<void> => {
    const client = makeClient(grpc);
    stops.push(() => client.close());
    while (sending) {
      const ids = Array.from({ length: 20 }, newId);
      if ((await client.send(bodyOf(ids))) === 0) acknowledged.push(...ids);
    }
  };
  const senders = Array.from({ length: 4 }, send);
  for (let i = 0; i < kills; i++) {
    const enough = acknowledged.length + 20 + Math.floor(Math.random() * 2000);
    await until('more to be acknowledged', () => acknowledged.length >= enough);
    await program.stop('SIGKILL');
    program = await start();
  }
  const enough = acknowledged.length + 100;
  await until('more to be acknowledged', () => acknowledged.length >= enough);
  sending = false;
  await Promise.all(senders);
  await until('all of it to arrive', () => lossOf(acknowledged, [backend]).lost === 0);
  const { lost, duplicates } = lossOf(acknowledged, [backend]);
  console.log(`${kills} kills: ${acknowledged.length} acknowledged, ${lost} lost, ${duplicates} delivered twice`);
  expect(lost).toBe(0);
  expect(await program.stop()).toBe(0);
});

test('an outage of the backend outlasts restarts, and the books of each run balance', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, metrics, start } = await gateway(backendPort);
  const first = await start();
  const client = makeClient(grpc);
  stops.push(() => client.close());
  const ids = Array.from({ length: 50 }, newId);
  for (const id of ids) expect(await client.send(bodyOf([id]))).toBe(0);
  expect(await first.stop()).toBe(0);
  expect(first.output()).toMatch(/"returned":\s*\{\s*"stored":\s*50\s*\}/);

  const second = await start();
  const held = async (): Promise<number> =>
    sum(await readLedger(metrics), 'kanmon_ledger_held', { component: 'otlp_grpc', signal: 'traces' });
  await until('what was stored to be restored', async () => (await held()) === 50);
  await second.stop('SIGKILL');

  const backend = await newBackend(backendPort);
  const third = await start();
  await until('all to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(lossOf(ids, [backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(await third.stop()).toBe(0);
});

test('a reload hands the queue on, and loses and repeats nothing', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, start } = await gateway(backendPort);
  const program = await start();
  const client = makeClient(grpc);
  stops.push(() => client.close());
  const ids = Array.from({ length: 20 }, newId);
  for (const id of ids.slice(0, 10)) expect(await client.send(bodyOf([id]))).toBe(0);
  program.child.kill('SIGHUP');
  for (const id of ids.slice(10)) expect(await client.send(bodyOf([id]))).toBe(0);
  const backend = await newBackend(backendPort);
  await until('all to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(lossOf(ids, [backend]).duplicates).toBe(0);
  expect(await program.stop()).toBe(0);
});

test('with several workers one of them has the queue, and a restart with fewer finds all of it', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, start } = await gateway(backendPort);
  const first = await start(example, { args: ['--workers', '2'] });
  const ids = Array.from({ length: 40 }, newId);
  for (let i = 0; i < ids.length; i += 10) {
    // Each connection goes to the next worker.
    const client = makeClient(grpc);
    stops.push(() => client.close());
    for (const id of ids.slice(i, i + 10)) expect(await client.send(bodyOf([id]))).toBe(0);
  }
  await first.stop();
  const backend = await newBackend(backendPort);
  const second = await start();
  await until('all to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(lossOf(ids, [backend]).duplicates).toBe(0);
  expect(await second.stop()).toBe(0);
});

/** Mounts a file system in memory of 16 MiB, in a mount namespace of the program alone. */
const canMount = spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
}

function post(port: number, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const request = http.request({ port, method: 'POST', path: '/v1/traces', headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
    });
    request.on('error', reject);
    request.end(body);
  });
}

test.runIf(canMount)('a full disk refuses with a hint when to come back, and recovers without a restart', async () => {
  const [backendPort = 0] = await freePorts(1);
  const storage = newFolder();
  const { http: port, start } = await gateway(backendPort, storage);
  const program = await start(example, {
    cli: path.resolve(import.meta.dirname, '../support/in-small-storage.mjs'),
  });
  const accepted: string[] = [];
  const large = (): { readonly ids: string[]; readonly body: Buffer } => {
    // Few spans fill the disk: a busy machine takes long to make, send and look for many.
    const ids = Array.from({ length: 20 }, newId);
    return { ids, body: bodyOf(ids, 's'.repeat(100_000)) };
  };
  let answer: Answer = { status: 200, retryAfter: undefined };
  while (answer.status === 200) {
    const { ids, body } = large();
    answer = await post(port, body);
    if (answer.status === 200) accepted.push(...ids);
  }
  expect(answer).toEqual({ status: 503, retryAfter: '1' });
  expect(accepted.length).toBeGreaterThan(1000);
  const backend = await newBackend(backendPort);
  await until('all to arrive', () => lossOf(accepted, [backend]).lost === 0);
  const { ids, body } = large();
  await until('the sender to be accepted again', async () => (await post(port, body)).status === 200);
  await until('it to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(await program.stop()).toBe(0);
});
