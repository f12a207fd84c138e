import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
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
  return {
    grpc,
    http,
    backend,
    metrics: (i) => rest[6 + i] ?? 0,
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

/** Sends until it is stopped, over gRPC and HTTP in turn, and tries again as an SDK does. */
function load(ports: { readonly grpc: number; readonly http: number }): {
  stop(): Promise<{ acknowledged: string[]; failed: number; retries: number }>;
} {
  const client = makeClient(ports.grpc);
  const acknowledged: string[] = [];
  let running = true;
  let failed = 0;
  let retries = 0;
  const overHttp = async (body: Buffer): Promise<boolean> => {
    try {
      const answer = await fetch(`http://127.0.0.1:${ports.http}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body,
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  };
  const worker = async (n: number): Promise<void> => {
    for (let i = n; running; i++) {
      const spans = Array.from({ length: 20 }, () => ({
        traceId: randomBytes(16).toString('hex'),
        spanId: randomBytes(8).toString('hex'),
      }));
      const body = encodeSpans(spans);
      let done = false;
      for (let attempt = 0; attempt < 6 && !done; attempt++) {
        if (attempt > 0) {
          retries++;
          await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
        }
        done = i % 2 === 0 ? (await client.send(body)) === 0 : await overHttp(body);
      }
      if (done) for (const span of spans) acknowledged.push(span.spanId);
      else failed++;
    }
  };
  const workers = Promise.all(Array.from({ length: 8 }, (_, n) => worker(n)));
  return {
    async stop() {
      running = false;
      await workers;
      client.close();
      return { acknowledged, failed, retries };
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

testWithNginx(
  'one of two gateways is killed and comes back: nothing that was acknowledged is lost',
  { timeout: 90_000 },
  async () => {
    const { startGateway, backend, ...ports } = await setUp('wait_for_result');
    const victim = await startGateway(0);
    await startGateway(1);
    const sending = load(ports);
    await pause(1500);
    await victim.stop('SIGKILL');
    await pause(1500);
    await startGateway(0);
    await pause(2500);
    const { acknowledged, failed, retries } = await sending.stop();
    const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
    console.log(`SIGKILL behind NGINX: ${acknowledged.length} spans acknowledged, ${retries} retries, lost ${lost}`);
    expect({ lost, failed }).toEqual({ lost: 0, failed: 0 });
    expect(acknowledged.length).toBeGreaterThan(1000);
  },
);

testWithNginx(
  'both gateways are replaced three times under load: no request fails and nothing is lost',
  { timeout: 120_000 },
  async () => {
    const { startGateway, backend, ...ports } = await setUp('default');
    const gateways = [await startGateway(0), await startGateway(1)];
    const sending = load(ports);
    await pause(500);
    for (let round = 0; round < 3; round++) {
      for (const i of [0, 1]) {
        expect(await gateways[i]?.stop('SIGTERM')).toBe(0);
        expect(gateways[i]?.output()).toContain('The ledger balances');
        gateways[i] = await startGateway(i);
        // NGINX leaves a server alone for fail_timeout once it was found gone.
        await pause(2500);
      }
    }
    const { acknowledged, failed, retries } = await sending.stop();
    for (const gateway of gateways) {
      expect(await gateway.stop('SIGTERM')).toBe(0);
      expect(gateway.output()).toContain('The ledger balances');
    }
    const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
    console.log(
      `three rolling replacements: ${acknowledged.length} spans acknowledged, ${retries} retries, lost ${lost}`,
    );
    expect({ lost, failed }).toEqual({ lost: 0, failed: 0 });
  },
);

testWithNginx('with the default queue a killed gateway loses exactly what it held', { timeout: 90_000 }, async () => {
  const { startGateway, metrics, backend, ...ports } = await setUp('default');
  const gateways = [await startGateway(0), await startGateway(1)];
  const sending = load(ports);
  await pause(700);
  // From now on what comes stays in the queues.
  backend.refuseWith(14);
  await pause(700);
  const { acknowledged } = await sending.stop();
  const held = sum(await readLedger(metrics(0)), 'kanmon_ledger_held');
  await gateways[0]?.stop('SIGKILL');
  backend.refuseWith(undefined);
  expect(await gateways[1]?.stop('SIGTERM')).toBe(0);
  expect(gateways[1]?.output()).toContain('The ledger balances');
  const lost = acknowledged.filter((id) => !backend.accepted.has(id)).length;
  console.log(`SIGKILL with the default queue: ${acknowledged.length} spans acknowledged, ${held} held, lost ${lost}`);
  expect(held).toBeGreaterThan(0);
  expect(lost).toBe(held);
});
