import { spawnSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lossOf, makeClient } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { freePorts, until } from '../support/program.js';
import { newSpanId, persistentGateway, QueueWorld, spansOf } from '../support/queue-world.js';

let world: QueueWorld;
beforeEach(() => {
  world = new QueueWorld();
});
afterEach(() => world.end());

test('an outage of the backend outlasts restarts, and the books of each run balance', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, metrics, start } = await world.gateway(backendPort);
  const first = await start();
  const client = makeClient(grpc);
  world.atEnd(() => client.close());
  const ids = Array.from({ length: 50 }, newSpanId);
  for (const id of ids) expect(await client.send(spansOf([id]))).toBe(0);
  expect(await first.stop()).toBe(0);
  expect(first.output()).toMatch(/"returned":\s*\{\s*"stored":\s*50\s*\}/);

  const second = await start();
  const held = async (): Promise<number> =>
    sum(await readLedger(metrics), 'kanmon_ledger_held', { component: 'otlp_grpc', signal: 'traces' });
  await until('what was stored to be restored', async () => (await held()) === 50);
  await second.stop('SIGKILL');

  const backend = await world.newBackend(backendPort);
  const third = await start();
  await until('all to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(lossOf(ids, [backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(await third.stop()).toBe(0);
});

test('a reload hands the queue on, and loses and repeats nothing', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, start } = await world.gateway(backendPort);
  const program = await start();
  const client = makeClient(grpc);
  world.atEnd(() => client.close());
  const ids = Array.from({ length: 20 }, newSpanId);
  for (const id of ids.slice(0, 10)) expect(await client.send(spansOf([id]))).toBe(0);
  program.child.kill('SIGHUP');
  for (const id of ids.slice(10)) expect(await client.send(spansOf([id]))).toBe(0);
  const backend = await world.newBackend(backendPort);
  await until('all to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(lossOf(ids, [backend]).duplicates).toBe(0);
  expect(await program.stop()).toBe(0);
});

test('with several workers one of them has the queue, and a restart with fewer finds all of it', async () => {
  const [backendPort = 0] = await freePorts(1);
  const { grpc, start } = await world.gateway(backendPort);
  const first = await start(persistentGateway, { args: ['--workers', '2'] });
  const ids = Array.from({ length: 40 }, newSpanId);
  for (let i = 0; i < ids.length; i += 10) {
    // Each connection goes to the next worker.
    const client = makeClient(grpc);
    world.atEnd(() => client.close());
    for (const id of ids.slice(i, i + 10)) expect(await client.send(spansOf([id]))).toBe(0);
  }
  await first.stop();
  const backend = await world.newBackend(backendPort);
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
  const storage = world.newFolder();
  const { http: port, start } = await world.gateway(backendPort, storage);
  const program = await start(persistentGateway, {
    cli: path.resolve(import.meta.dirname, '../support/in-small-storage.mjs'),
  });
  const accepted: string[] = [];
  const large = (): { readonly ids: string[]; readonly body: Buffer } => {
    // Few spans fill the disk: a busy machine takes long to make, send and look for many.
    const ids = Array.from({ length: 20 }, newSpanId);
    return { ids, body: spansOf(ids, 's'.repeat(100_000)) };
  };
  let answer: Answer = { status: 200, retryAfter: undefined };
  while (answer.status === 200) {
    const { ids, body } = large();
    answer = await post(port, body);
    if (answer.status === 200) accepted.push(...ids);
  }
  expect(answer).toEqual({ status: 503, retryAfter: '1' });
  expect(accepted.length).toBeGreaterThan(1000);
  const backend = await world.newBackend(backendPort);
  await until('all to arrive', () => lossOf(accepted, [backend]).lost === 0);
  const { ids, body } = large();
  await until('the sender to be accepted again', async () => (await post(port, body)).status === 200);
  await until('it to arrive', () => lossOf(ids, [backend]).lost === 0);
  expect(await program.stop()).toBe(0);
});
