import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeClient, startBackend, type Backend } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { childrenOf, freePorts, startProgram, until, type Program } from '../support/program.js';
import { SteadyLoad } from '../support/steady-load.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  readonly gateway: Program;
  readonly backend: Backend;
  readonly grpc: number;
  readonly health: number;
  readonly metrics: number;
}

async function started(queue = '{}'): Promise<World> {
  const [grpc = 0, health = 0, metrics = 0] = await freePorts(3);
  const backend = await startBackend();
  stops.push(() => backend.close());
  const gateway = await startProgram(
    `
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}, sending_queue: ${queue}}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`,
    { args: ['--workers', '2'] },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  return { gateway, backend, grpc, health, metrics };
}

/** Sends over several connections; a request that fails is sent again over a new one. */
const load = (port: number): SteadyLoad =>
  new SteadyLoad(8, () => {
    const client = makeClient(port);
    return { send: async (body) => (await client.send(body)) === 0, close: () => client.close() };
  });

test('two workers share a port and show themselves as one program', async () => {
  const { gateway, backend, grpc, health, metrics } = await started();
  expect(childrenOf(gateway.child.pid)).toHaveLength(2);
  expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200);
  const sending = load(grpc);
  await sending.more(20);
  await sending.stop();
  const { acknowledged } = sending;
  await until('everything to arrive', () => backend.accepted.size === acknowledged.length);
  const booked = async (): Promise<number> => sum(await readLedger(metrics), 'kanmon_ledger_out');
  await until('the books to say so', async () => (await booked()) === acknowledged.length);
  const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  expect(text).toContain(`otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} `);
  const rows = await readLedger(metrics);
  expect(sum(rows, 'kanmon_ledger_accepted')).toBe(acknowledged.length);
  const output = gateway.output();
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output()).toContain('The ledger balances');
  expect(output.match(/Everything is ready/g)).toHaveLength(1);
});

test('a worker that is killed under load is replaced, and the ledger balances over its death', async () => {
  const { gateway, backend, grpc, metrics } = await started();
  const sending = load(grpc);
  await sending.more(5);
  // The worker holds items when it dies: the backend takes nothing of what each connection has sent since.
  backend.refuseWith(14);
  await sending.more(3);
  const [victim = 0] = childrenOf(gateway.child.pid);
  process.kill(victim, 'SIGKILL');
  backend.refuseWith(undefined);
  await until('another worker', () => childrenOf(gateway.child.pid).filter((pid) => pid !== victim).length === 2);
  await sending.more(5);
  await sending.stop();
  const { acknowledged } = sending;
  await until('the queues to be empty', async () => sum(await readLedger(metrics), 'kanmon_ledger_held') === 0);
  const rows = await readLedger(metrics);
  const died = sum(rows, 'kanmon_ledger_dropped', { reason: 'worker_died' });
  const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
  console.log(
    `a worker killed: ${acknowledged.length} spans acknowledged, ${died} booked as worker_died, ${lost} lost`,
  );
  expect(died).toBeGreaterThan(0);
  // Items that were sent on in its last moment may have arrived; no item was lost that is not in the books.
  expect(lost).toBeLessThanOrEqual(died);
  expect(sum(rows, 'kanmon_ledger_accepted')).toBeGreaterThanOrEqual(acknowledged.length);
  const ended = ['out', 'dropped', 'returned'].map((word) => sum(rows, `kanmon_ledger_${word}`));
  expect(sum(rows, 'kanmon_ledger_in')).toBe(ended.reduce((a, b) => a + b, 0));
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output()).toContain('A worker died; another one takes its place');
  expect(gateway.output()).toContain('The ledger balances');
});

test('a connection on its way to a worker that dies is closed, so that its client connects again', async () => {
  const { gateway, grpc } = await started();
  const [stopped = 0] = childrenOf(gateway.child.pid);
  process.kill(stopped, 'SIGSTOP');
  const connections = Array.from({ length: 6 }, () => {
    const socket = net.connect(grpc, '127.0.0.1');
    const connection = { served: false, closed: false };
    socket.on('error', () => {});
    socket.on('data', () => (connection.served = true));
    socket.on('close', () => (connection.closed = true));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    stops.push(() => socket.destroy());
    return connection;
  });
  // The primary hands one to the worker that does not run, and those behind it to the other one.
  await until('the others to be served', () => connections.filter(({ served }) => served).length === 5);
  process.kill(stopped, 'SIGKILL');
  await until('the sixth to be closed', () => connections.every(({ served, closed }) => served || closed));
});

test('a reload under load replaces the workers one set after the other, and no request fails', async () => {
  const { gateway, backend, grpc } = await started('{wait_for_result: true}');
  const before = childrenOf(gateway.child.pid);
  const sending = load(grpc);
  await sending.more(3);
  gateway.child.kill('SIGHUP');
  const replaced = (): boolean => {
    const now = childrenOf(gateway.child.pid);
    return now.length === 2 && now.every((pid) => !before.includes(pid));
  };
  await until('other workers', replaced);
  await sending.more(3);
  await sending.stop();
  const { acknowledged } = sending;
  expect(acknowledged.filter((id) => !backend.accepted.has(id))).toEqual([]);
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output()).toContain('The ledger balances');
});

/**
 * A copy of the program whose workers always take themselves for busy: on a crowded machine none gets the share of a
 * core that says so.
 */
function alwaysBusy(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-busy-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const extend = path.resolve(import.meta.dirname, '../support/extended-dist.mjs');
  const built = spawnSync(process.execPath, [extend, folder]);
  if (built.status !== 0) throw new Error(built.stderr.toString());
  fs.writeFileSync(
    path.join(folder, 'dist/workers/offload/load-meter.js'),
    'export const loadMeter = () => () => 1;\n',
  );
  return path.join(folder, 'dist/cli/main.js');
}

test('one long connection uses both workers', async () => {
  const [grpc = 0, metrics = 0] = await freePorts(2);
  const backend = http.createServer((request, response) => void request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => void backend.listen(0, '127.0.0.1', () => resolve()));
  stops.push(() => backend.close());
  const gateway = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters:
  otlp_http:
    endpoint: "http://127.0.0.1:${(backend.address() as { port: number }).port}"
    sending_queue: {enabled: false}
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}
`,
    { args: ['--workers', '2'], cli: alwaysBusy() },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  const client = makeClient(grpc);
  const body = encodeSpans(
    Array.from({ length: 100 }, () => ({
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
    })),
  );
  const offloaded = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    return Number(/^kanmon_worker_offloaded_batches (\S+)$/m.exec(text)?.[1] ?? 0);
  };
  let sent = 0;
  let running = true;
  const senders = Array.from({ length: 12 }, async () => {
    while (running) {
      const status = await client.send(body);
      // On a crowded machine the backend's reply can be late, which makes the request one to repeat.
      expect([0, 14]).toContain(status);
      if (status === 0) sent += 100;
    }
  });
  await until('batches to be offloaded', async () => (await offloaded()) > 5);
  running = false;
  await Promise.all(senders);
  client.close();
  const rows = await readLedger(metrics);
  const amount = (word: string): number => sum(rows, `kanmon_ledger_${word}`);
  expect([amount('accepted'), amount('in') - amount('returned'), amount('out')]).toEqual([sent, sent, sent]);
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output()).toContain('The ledger balances');
});

test('workers do not outlive the process that leads them', async () => {
  const { gateway } = await started();
  const workers = childrenOf(gateway.child.pid);
  gateway.child.kill('SIGKILL');
  await until('the workers to end', () => workers.every((pid) => !fs.existsSync(`/proc/${pid}`)));
});

test.each([
  ['two', '', 'invalid argument "two" for "--workers" flag: give a number from 1 to 256, or auto'],
  ['2', 'exporters: {file: {pathh: /tmp/x}}', 'unknown key "pathh"'],
  ['2', 'exporters: {file: {}}\nextensions: {health_check: {endpoint: "127.0.0.1:1"}}', ''],
])('--workers %s with %j is reported once', async (workers, part, words) => {
  const yaml = `
receivers: {nop: {}}
${part === '' ? 'exporters: {file: {path: /tmp/x}}' : part}
service: {pipelines: {traces: {receivers: [nop], exporters: [file]}}}
`;
  const failure = await startProgram(yaml, { args: ['--workers', workers] }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  expect(failure).toContain('kanmon ended with 1');
  expect(failure).toContain(words);
  expect(failure?.match(/Error: /g)).toHaveLength(1);
});

test('the reason that keeps a worker from starting is reported once, and the program ends', async () => {
  const [grpc = 0] = await freePorts(1);
  const one = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters: {nop: {}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`;
  const first = await startProgram(one);
  stops.push(() => first.stop());
  const failure = await startProgram(one, { args: ['--workers', '2'] }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  expect(failure).toContain('kanmon ended with 1');
  expect(failure?.match(/^Error: .*address already in use/gm)).toHaveLength(1);
});
