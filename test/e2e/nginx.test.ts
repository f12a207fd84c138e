import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import { makeClient, startBackend, type Backend } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { SteadyLoad, type LoadSender } from '../support/steady-load.js';

const example = path.resolve(import.meta.dirname, '../../examples/nginx');
const testWithNginx = testWith('nginx');
const stops: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** The example's NGINX and gateways, on free ports. */
async function setUp(queue: 'wait_for_result' | 'default'): Promise<{
  grpc: number;
  http: number;
  backend: Backend;
  startGateway: (i: number) => Promise<Program>;
  metrics: (i: number) => number;
  /** Resolves when a gateway has accepted spans since it was started. */
  receives: (i: number) => Promise<void>;
}> {
  const [grpc = 0, http = 0, ...rest] = await freePorts(10);
  const backend = await startBackend();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-nginx-'));
  const places = {
    '4317 http2': `${grpc} http2`,
    '127.0.0.1:4318': `127.0.0.1:${http}`,
    '14317': rest[0],
    '24317': rest[1],
    '14318': rest[2],
    '24318': rest[3],
  };
  let conf = fs.readFileSync(path.join(example, 'nginx.conf'), 'utf8');
  for (const [from, to] of Object.entries(places)) conf = conf.replaceAll(from, String(to));
  fs.writeFileSync(path.join(folder, 'nginx.conf'), conf);
  const nginx: ChildProcess = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  stops.push(async () => {
    const gone = new Promise((resolve) => nginx.once('exit', resolve));
    nginx.kill('SIGTERM');
    await gone;
    fs.rmSync(folder, { recursive: true, force: true });
    await backend.close();
  });
  await until('nginx to listen', () => reachable(grpc));
  let yaml = fs.readFileSync(path.join(example, 'gateway.yaml'), 'utf8');
  if (queue === 'default') yaml = yaml.replace('wait_for_result: true', 'wait_for_result: false');
  yaml = yaml.replace(
    'level: none',
    'readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: "${env:METRICS_PORT}"}}}}]',
  );
  const metrics = (i: number): number => rest[6 + i] ?? 0;
  return {
    grpc,
    http,
    backend,
    metrics,
    receives: (i) =>
      until(`gateway ${i} to receive`, async () => sum(await readLedger(metrics(i)), 'kanmon_ledger_accepted') > 0),
    async startGateway(i) {
      const env = {
        GRPC_PORT: String(rest[i]),
        HTTP_PORT: String(rest[2 + i]),
        HEALTH_PORT: String(rest[4 + i]),
        BACKEND: `127.0.0.1:${backend.port}`,
        METRICS_PORT: String(rest[6 + i]),
      };
      const gateway = await startProgram(yaml, { env });
      stops.push(() => gateway.stop('SIGKILL'));
      return gateway;
    },
  };
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Sends over gRPC and HTTP, and tries again as an SDK does. */
const load = ({ grpc, http }: { readonly grpc: number; readonly http: number }): SteadyLoad =>
  new SteadyLoad(8, (i) => (i % 2 === 0 ? overGrpc(grpc) : overHttp(http)));

function overGrpc(port: number): LoadSender {
  const client = makeClient(port);
  return { send: async (body) => (await client.send(body)) === 0, close: () => client.close() };
}

function overHttp(port: number): LoadSender {
  return {
    async send(body) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body,
        });
        await answer.arrayBuffer();
        return answer.ok;
      } catch {
        return false;
      }
    },
    close() {},
  };
}

testWithNginx('one of two gateways is killed and comes back: nothing that was acknowledged is lost', async () => {
  const { startGateway, backend, receives, ...ports } = await setUp('wait_for_result');
  const victim = await startGateway(0);
  await startGateway(1);
  const sending = load(ports);
  await sending.more(20);
  await victim.stop('SIGKILL');
  await sending.more(20);
  await startGateway(0);
  await receives(0);
  await sending.more(20);
  await sending.stop();
  const { acknowledged, retries } = sending;
  const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
  console.log(`SIGKILL behind NGINX: ${acknowledged.length} spans acknowledged, ${retries} retries, lost ${lost}`);
  expect(lost).toBe(0);
});

testWithNginx('both gateways are replaced three times under load: no request fails and nothing is lost', async () => {
  const { startGateway, backend, receives, ...ports } = await setUp('default');
  const gateways = [await startGateway(0), await startGateway(1)];
  const sending = load(ports);
  for (const i of [0, 1]) await receives(i);
  for (let round = 0; round < 3; round++) {
    for (const i of [0, 1]) {
      expect(await gateways[i]?.stop('SIGTERM')).toBe(0);
      expect(gateways[i]?.output()).toContain('The ledger balances');
      gateways[i] = await startGateway(i);
      // NGINX leaves a server alone for fail_timeout once it was found gone.
      await receives(i);
    }
  }
  await sending.stop();
  const { acknowledged, retries } = sending;
  for (const gateway of gateways) {
    expect(await gateway.stop('SIGTERM')).toBe(0);
    expect(gateway.output()).toContain('The ledger balances');
  }
  const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
  console.log(
    `three rolling replacements: ${acknowledged.length} spans acknowledged, ${retries} retries, lost ${lost}`,
  );
  expect(lost).toBe(0);
});

testWithNginx('with the default queue a killed gateway loses exactly what it held', async () => {
  const { startGateway, metrics, backend, receives, ...ports } = await setUp('default');
  const gateways = [await startGateway(0), await startGateway(1)];
  const held = async (i: number): Promise<number> => sum(await readLedger(metrics(i)), 'kanmon_ledger_held');
  const sending = load(ports);
  for (const i of [0, 1]) await receives(i);
  // From now on what comes stays in the queues.
  backend.refuseWith(14);
  await sending.more(3);
  await until('the first gateway to hold spans', async () => (await held(0)) > 0);
  await sending.stop();
  const { acknowledged } = sending;
  const atDeath = await held(0);
  await gateways[0]?.stop('SIGKILL');
  // What it has sent last may still be on its way: a request behind that is refused, and so is that.
  const behind = makeClient(backend.port);
  expect(await behind.send(encodeSpans([]))).toBe(14);
  behind.close();
  backend.refuseWith(undefined);
  expect(await gateways[1]?.stop('SIGTERM')).toBe(0);
  expect(gateways[1]?.output()).toContain('The ledger balances');
  const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
  console.log(
    `SIGKILL with the default queue: ${acknowledged.length} spans acknowledged, ${atDeath} held, lost ${lost}`,
  );
  expect(atDeath).toBeGreaterThan(0);
  expect(lost).toBe(atDeath);
});
