import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { lossOf, makeClient, startBackend, type Backend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-reload-'));
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Passes connections on to a port, and counts those that were made, refused and closed by the gateway. */
interface Relay {
  readonly port: number;
  readonly made: number;
  readonly refused: number;
  readonly closedByGateway: number;
}

async function relayTo(port: number): Promise<Relay> {
  const counts = { made: 0, refused: 0, closedByGateway: 0 };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    counts.made++;
    const gateway = net.connect(port, '127.0.0.1');
    for (const socket of [client, gateway]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
    }
    gateway.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') counts.refused++;
    });
    gateway.once('end', () => {
      if (!client.readableEnded) counts.closedByGateway++;
    });
    client.pipe(gateway).pipe(client);
    client.once('close', () => gateway.destroy());
    gateway.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return Object.assign(counts, { port: (server.address() as net.AddressInfo).port });
}

/** One span in a request, and its ID. */
function oneSpan(): { readonly id: string; readonly body: Buffer } {
  const id = randomBytes(8).toString('hex');
  return { id, body: encodeSpans([{ traceId: randomBytes(16).toString('hex'), spanId: id }]) };
}

type Send = (body: Buffer) => Promise<boolean>;

function overGrpc(port: number): Send {
  const client = makeClient(port);
  stops.push(() => client.close());
  return async (body) => (await client.send(body)) === 0;
}

function overHttp(port: number): Send {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  stops.push(() => agent.destroy());
  return (body) =>
    new Promise((resolve) => {
      const request = http.request(
        { host: '127.0.0.1', port, agent, method: 'POST', path: '/v1/traces' },
        (response) => void response.resume().on('end', () => resolve(response.statusCode === 200)),
      );
      request.setHeader('content-type', 'application/x-protobuf');
      request.on('error', () => resolve(false));
      request.end(body);
    });
}

/** Sends one request after the other over each of some ways, until `stop`. */
function load(ways: readonly Send[]): {
  readonly sent: string[];
  readonly failed: string[];
  stop(): Promise<void>;
} {
  const sent: string[] = [];
  const failed: string[] = [];
  let running = true;
  const all = Promise.all(
    ways.map(async (send) => {
      while (running) {
        const { id, body } = oneSpan();
        ((await send(body)) ? sent : failed).push(id);
      }
    }),
  );
  const stop = async (): Promise<void> => {
    running = false;
    await all;
  };
  stops.push(stop);
  return { sent, failed, stop };
}

interface World {
  readonly gateway: Program;
  readonly backend: Backend;
  /** Reloads and waits for the last line of that. */
  reload(yaml: string, line: string): Promise<void>;
}

async function running(yaml: string | ((backend: Backend) => string), args: readonly string[] = []): Promise<World> {
  const backend = await startBackend();
  stops.push(() => backend.close());
  const file = path.join(folder, `${randomBytes(4).toString('hex')}.yaml`);
  fs.writeFileSync(file, typeof yaml === 'string' ? yaml : yaml(backend));
  const gateway = await startProgram('{}', { args: ['--config', file, ...args] });
  stops.push(() => gateway.stop('SIGKILL'));
  return {
    gateway,
    backend,
    async reload(next, line) {
      fs.writeFileSync(file, next);
      const before = count(gateway, line);
      gateway.child.kill('SIGHUP');
      await until(`"${line}"`, () => count(gateway, line) > before);
    },
  };
}

function count(gateway: Program, line: string): number {
  return gateway.output().split(line).length - 1;
}

const ready = 'Everything is ready';

async function ended({ gateway }: World): Promise<void> {
  expect(await gateway.stop(), gateway.output()).toBe(0);
  expect(gateway.output()).toContain('The ledger balances');
}

test('7 reloads: every span arrives once, and no connection is refused or closed', async () => {
  const [grpc = 0, otlpHttp = 0, health = 0, metrics = 0] = await freePorts(4);
  const config = ({ port }: Backend, timeout: number): string => `
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}, http: {endpoint: "127.0.0.1:${otlpHttp}"}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${port}", timeout: ${timeout}s, tls: {insecure: true}}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`;
  const world = await running((backend) => config(backend, 5));
  const relays = [await relayTo(grpc), await relayTo(otlpHttp)] as const;
  const sending = load([...[1, 2].map(() => overGrpc(relays[0].port)), ...[1, 2].map(() => overHttp(relays[1].port))]);
  // Ports that others watch answer all the time, too.
  const probes: number[] = [];
  let probing = true;
  const probed = (async () => {
    while (probing)
      for (const url of [`http://127.0.0.1:${health}/`, `http://127.0.0.1:${metrics}/metrics`])
        probes.push(
          await fetch(url).then(
            async (response) => {
              await response.arrayBuffer();
              return response.status;
            },
            () => 0,
          ),
        );
  })();
  for (let n = 1; n <= 7; n++) {
    const before = sending.sent.length;
    await world.reload(config(world.backend, 5 + n), ready);
    await until('more requests', () => sending.sent.length > before + 50);
  }
  probing = false;
  await probed;
  await sending.stop();
  await until('everything to arrive', () => lossOf(sending.sent, [world.backend]).lost === 0);
  expect(sending.failed).toEqual([]);
  expect(lossOf(sending.sent, [world.backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(relays).toMatchObject([
    { refused: 0, closedByGateway: 0 },
    { made: 2, refused: 0, closedByGateway: 0 },
  ]);
  expect(new Set(probes)).toEqual(new Set([200]));
  await ended(world);
});

test.each<[what: string, options: (n: number) => string]>([
  ['the options of the server', (n) => `endpoint: "127.0.0.1:PORT", max_recv_msg_size_mib: ${4 + n}`],
  ['the address within the port', (n) => `endpoint: "${n % 2 === 0 ? '127.0.0.1' : '0.0.0.0'}:PORT"`],
])('3 reloads that change %s lose nothing', async (_what, options) => {
  const [grpc = 0] = await freePorts(1);
  const config = ({ port }: Backend, n: number): string =>
    `
receivers: {otlp: {protocols: {grpc: {${options(n)}}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${port}", tls: {insecure: true}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`.replaceAll('PORT', String(grpc));
  const world = await running((backend) => config(backend, 0));
  const relay = await relayTo(grpc);
  const sending = load([overGrpc(relay.port), overGrpc(relay.port)]);
  for (let n = 1; n <= 3; n++) {
    const before = sending.sent.length;
    await world.reload(config(world.backend, n), ready);
    await until('more requests', () => sending.sent.length > before + 50);
  }
  await sending.stop();
  await until('everything to arrive', () => lossOf(sending.sent, [world.backend]).lost === 0);
  expect(sending.failed).toEqual([]);
  expect(lossOf(sending.sent, [world.backend])).toEqual({ lost: 0, duplicates: 0 });
  await ended(world);
});

test('a configuration that cannot start leaves the old one and its ports as they were', async () => {
  const [grpc = 0, taken = 0] = await freePorts(2);
  const other = net.createServer();
  await new Promise<void>((resolve) => void other.listen(taken, '127.0.0.1', () => resolve()));
  stops.push(() => other.close());
  // That it leads nowhere shows only when it is opened.
  const unwritable = path.join(folder, 'leads-nowhere.json');
  fs.symlinkSync(path.join(folder, 'missing/file.json'), unwritable);
  const config = ({ port }: Backend, receivers: string, exporters = ''): string => `
receivers: {${receivers}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${port}", tls: {insecure: true}}${exporters}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces:
      receivers: [${receivers.includes('otlp/2') ? 'otlp, otlp/2' : 'otlp'}]
      exporters: [otlp_grpc${exporters === '' ? '' : ', file'}]
`;
  const good = `otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}`;
  const second = `otlp/2: {protocols: {grpc: {endpoint: "127.0.0.1:${taken}"}}}`;
  const world = await running((backend) => config(backend, good));
  const { backend } = world;
  const relay = await relayTo(grpc);
  const sending = load([overGrpc(relay.port)]);
  const more = async (): Promise<void> => {
    const before = sending.sent.length;
    await until('more requests', () => sending.sent.length > before + 20);
  };
  const kept = 'The new configuration did not start; the old one keeps running';
  // A port that another process has.
  await world.reload(config(backend, `${good}, ${second}`), kept);
  await more();
  // The same, where the old port had to be given up for an address that overlaps.
  const everywhere = `otlp: {protocols: {grpc: {endpoint: "0.0.0.0:${grpc}"}}}`;
  await world.reload(config(backend, `${everywhere}, ${second}`), kept);
  await more();
  expect(await overGrpc(grpc)(oneSpan().body)).toBe(true);
  expect(relay).toMatchObject({ refused: 0, closedByGateway: 0 });
  // A component that runs once starts when that of the old configuration has stopped, and fails only then.
  await world.reload(config(backend, good, `, file: {path: ${unwritable}}`), 'going back to the old one');
  await more();
  await sending.stop();
  expect(world.gateway.output()).toContain(`listen tcp 127.0.0.1:${taken}: bind: address already in use`);
  expect(relay).toMatchObject({ refused: 0, closedByGateway: 0 });
  await until('everything to arrive', () => lossOf(sending.sent, [backend]).lost === 0);
  await ended(world);
});

test('a file has every span once when the exporter of each configuration appends to it', async () => {
  const [grpc = 0] = await freePorts(1);
  const file = path.join(folder, 'spans.json');
  const config = (n: number): string => `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters: {file: {path: ${file}, append: true, flush_interval: ${100 + n}ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [file]}}
`;
  const world = await running(config(0));
  const sending = load([overGrpc(grpc), overGrpc(grpc)]);
  for (let n = 1; n <= 3; n++) {
    const before = sending.sent.length;
    await world.reload(config(n), ready);
    await until('more requests', () => sending.sent.length > before + 50);
  }
  await sending.stop();
  expect(sending.failed).toEqual([]);
  await ended(world);
  const written = [...fs.readFileSync(file, 'utf8').matchAll(/"spanId":"([0-9a-f]+)"/g)].map(([, id]) => id);
  expect(written).toHaveLength(sending.sent.length);
  expect(new Set(written)).toEqual(new Set(sending.sent));
});

test('what waits for a backend that is down outlives a reload', async () => {
  const [grpc = 0] = await freePorts(1);
  const config = ({ port }: Backend, n: number): string => `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:${port}"
    timeout: ${5 + n}s
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 50ms, max_interval: 50ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`;
  const world = await running((backend) => config(backend, 0));
  const { backend } = world;
  backend.refuseWith(14);
  const before = oneSpan();
  expect(await overGrpc(grpc)(before.body)).toBe(true);
  await until('an attempt', () => backend.refusals() > 0);
  await world.reload(config(backend, 1), ready);
  const after = oneSpan();
  expect(await overGrpc(grpc)(after.body)).toBe(true);
  backend.refuseWith(undefined);
  await until('both', () => backend.accepted.size === 2);
  expect(lossOf([before.id, after.id], [backend])).toEqual({ lost: 0, duplicates: 0 });
  await ended(world);
});

test('workers are replaced while gRPC clients send: every span arrives once', async () => {
  const [grpc = 0, health = 0, metrics = 0] = await freePorts(3);
  const config = ({ port }: Backend, n: number): string => `
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${port}", timeout: ${5 + n}s, tls: {insecure: true}}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`;
  const world = await running((backend) => config(backend, 0), ['--workers', '2']);
  const relay = await relayTo(grpc);
  const sending = load([overGrpc(relay.port), overGrpc(relay.port), overGrpc(relay.port)]);
  for (let n = 1; n <= 2; n++) {
    const before = sending.sent.length;
    await world.reload(config(world.backend, n), ready);
    await until('more requests', () => sending.sent.length > before + 50);
  }
  await sending.stop();
  await until('everything to arrive', () => lossOf(sending.sent, [world.backend]).lost === 0);
  expect(sending.failed).toEqual([]);
  expect(lossOf(sending.sent, [world.backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(relay.refused).toBe(0);
  await ended(world);
});
