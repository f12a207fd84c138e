import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import { pem } from '../../../test/support/certificates.js';
import { hostWith } from '../../../test/support/host.js';
import { makeClient } from '../../../test/support/backend.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { freePorts } from '../../../test/support/program.js';
import { block, frame, RawClient } from '../../../test/support/raw-http2.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running {
  readonly grpc: number;
  readonly http: number;
  readonly world: HeldWorld;
}

async function run(http: object = {}, budget = 1 << 30, lock?: ServerAuthenticator): Promise<Running> {
  const [grpcPort = 0, httpPort = 0] = await freePorts(2);
  const world = heldWorld({ budget });
  const config = definition.config.parse({
    protocols: { grpc: { endpoint: `127.0.0.1:${grpcPort}` }, http: { endpoint: `127.0.0.1:${httpPort}`, ...http } },
  });
  const receiver = await definition.create(config, world.context, { consume: () => Promise.resolve() });
  await receiver.start?.(hostWith(lock ? { lock: { offers: { server_auth: lock } } } : {}));
  stops.push(() => receiver.shutdown?.(AbortSignal.abort()));
  return { grpc: grpcPort, http: httpPort, world };
}

const body = encodeSpans([{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }]);
const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** The prefix of a message of 1 MiB. */
const declared = Buffer.from([0, 0, 0x10, 0, 0]);

function call(timeout: string | undefined): Buffer {
  return block([
    ...[':method', 'POST', ':scheme', 'http', ':path', path, ':authority', 'a'],
    ...['content-type', 'application/grpc', 'te', 'trailers'],
    ...(timeout === undefined ? [] : ['grpc-timeout', timeout]),
  ]);
}

/** The status of a call; the encoder of our server leaves digits as they are or takes them from a table. */
async function answered(client: RawClient, stream: number): Promise<boolean> {
  return (await client.find((one) => one.type === 1 && one.stream === stream)) !== undefined;
}

const hasAnswer = (client: RawClient, stream: number): boolean =>
  client.seen.some((one) => one.type === 1 && one.stream === stream);

test.each([
  ['before its prefix', []],
  ['within its prefix', [declared.subarray(0, 2)]],
  ['within its message', [declared, Buffer.alloc(70_000)]],
])('gRPC: a deadline ends a call that stands still %s', async (_where, parts) => {
  const { grpc, world } = await run();
  const client = new RawClient(grpc).open();
  client.send(frame(1, 4, 1, call('5S')));
  for (const part of parts)
    for (let at = 0; at < part.length; at += 16_384) client.send(frame(0, 0, 1, part.subarray(at, at + 16_384)));
  await client.settled();
  await world.clock.pass(4000);
  await client.settled();
  expect(hasAnswer(client, 1)).toBe(false);
  await world.clock.pass(2000);
  expect(await answered(client, 1)).toBe(true);
  expect(world.budget.used).toBe(0);
  client.socket.destroy();
});

test('gRPC: a message without a deadline that comes too slowly is ended, a slow one is not', async () => {
  const { grpc, world } = await run();
  const [still, slow] = [new RawClient(grpc).open(), new RawClient(grpc).open()];
  for (const client of [still, slow]) client.send(frame(1, 4, 1, call(undefined)), frame(0, 0, 1, declared));
  for (let i = 0; i < 10; i++) {
    still.send(frame(0, 0, 1, Buffer.alloc(1)));
    slow.send(frame(0, 0, 1, Buffer.alloc(4096)));
    // No pings, of which the server allows few.
    await expect.poll(() => world.budget.used).toBeGreaterThanOrEqual(4096 * (i + 1));
    await world.clock.pass(10_000);
  }
  expect(await answered(still, 1)).toBe(true);
  expect(hasAnswer(slow, 1)).toBe(false);
  still.socket.destroy();
  slow.socket.destroy();
});

const head = (fields: string): string =>
  `POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n${fields}\r\n\r\n`;

test.each([
  ['no limit', {}, 40_000],
  ['read_timeout', { read_timeout: '10s' }, 11_000],
])('HTTP/1.1 with %s: a body that stands still is ended, and its connection', async (_name, http, ms) => {
  const { http: port, world } = await run(http);
  const socket = net.connect(port, '127.0.0.1');
  let seen = '';
  socket.on('data', (data) => (seen += data.toString('latin1')));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${head('Content-Length: 100000')}xxx`);
  await expect.poll(() => world.budget.used).toBe(4096);
  await world.clock.pass(ms);
  await closed;
  expect(seen).toMatch(/^HTTP\/1\.1 503 /);
  expect(world.budget.used).toBe(0);
});

test.each([
  ['read_header_timeout', false],
  ['read_timeout', false],
  ['read_header_timeout', true],
])('HTTP/1.1: %s ends a connection whose headers trickle, over TLS: %s', async (option, secure) => {
  const pair = { cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') };
  const { http: port } = await run({ [option]: '300ms', ...(secure && { tls: pair }) });
  const socket = secure
    ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write('POST /v1/traces HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  // real time: Node measures this limit, by its own clock. It would go on for ever.
  const trickle = setInterval(() => socket.write('a'), 20);
  await closed;
  clearInterval(trickle);
});

test.each([
  ['plain', false],
  ['over TLS', true],
])('HTTP/1.1 %s: at the defaults a connection whose headers trickle is ended after a minute', async (_how, secure) => {
  const pair = { cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') };
  const { http: port, world } = await run(secure ? { tls: pair } : {});
  const open = (): net.Socket =>
    secure
      ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : net.connect(port, '127.0.0.1');
  const [slow, other] = [open(), open()];
  let seen = '';
  slow.on('error', () => {});
  slow.on('data', (bytes: Buffer) => (seen += bytes.toString('latin1')));
  let isClosed = false;
  slow.on('close', () => (isClosed = true));
  slow.write('POST /v1/traces HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  other.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  // A connection that has brought a request before may rest.
  await new Promise((resolve) => other.once('data', resolve));
  for (let second = 0; second < 58; second++) {
    slow.write('a');
    await world.clock.pass(1000);
  }
  expect([seen, isClosed]).toEqual(['', false]);
  await world.clock.pass(5000);
  await expect.poll(() => isClosed).toBe(true);
  expect(seen).toMatch(/^HTTP\/1\.1 408 /);
  expect(other.closed).toBe(false);
  other.destroy();
});

test('HTTP/2 over TLS: read_timeout ends a body that stands still', async () => {
  const pair = { cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') };
  const { http: port, world } = await run({ read_timeout: '10s', tls: pair });
  const session = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/traces',
    'content-type': 'application/x-protobuf',
    'content-length': 100_000,
  });
  stream.on('error', () => {});
  const status = new Promise((resolve) => stream.once('response', (fields) => resolve(fields[':status'])));
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.resume();
  stream.write('xxx');
  await expect.poll(() => world.budget.used).toBe(4096);
  await world.clock.pass(11_000);
  expect(await status).toBe(503);
  expect(world.budget.used).toBe(0);
  await world.clock.pass(6000);
  await closed;
  session.destroy();
});

test('2,100 streams of one connection with one byte each of 4 MB leave the memory to others', async () => {
  const { grpc, world } = await run({}, 16 << 20);
  const hostile = new RawClient(grpc).open();
  const first = Buffer.concat([Buffer.from([0, 0, 0x3f, 0, 0]), Buffer.alloc(1)]);
  for (let i = 0; i < 2100; i++) hostile.send(frame(1, 4, 2 * i + 1, call(undefined)), frame(0, 0, 2 * i + 1, first));
  await hostile.settled();
  expect(world.budget.used).toBeLessThanOrEqual(2100 * 4096);
  const client = makeClient(grpc);
  expect(await client.send(body)).toBe(0);
  client.close();
  hostile.socket.destroy();
  await expect.poll(() => world.budget.used).toBe(0);
});

test('a connection that has taken all memory gives some of it to one that asks for less', async () => {
  const { grpc, http, world } = await run({}, 4 << 20);
  const hostile = new RawClient(grpc).open();
  const [prefix, rest] = [Buffer.from([0, 0, 0x3f, 0, 0]), Buffer.alloc(16_379)];
  for (let i = 0; i < 200; i++)
    hostile.send(frame(1, 4, 2 * i + 1, call(undefined)), frame(0, 0, 2 * i + 1, Buffer.concat([prefix, rest])));
  await hostile.settled();
  for (let i = 0; i < 100; i++) hostile.send(frame(0, 0, 2 * i + 1, Buffer.alloc(16_384)));
  await hostile.settled();
  expect(world.budget.used).toBeGreaterThan((4 << 20) - 131_072);
  const client = makeClient(grpc);
  expect(await client.send(Buffer.concat(Array.from({ length: 2000 }, () => body)))).toBe(0);
  const answer = await fetch(`http://127.0.0.1:${http}/v1/traces`, {
    method: 'POST',
    body: body as never,
    headers: { 'content-type': 'application/x-protobuf' },
  });
  expect(answer.status).toBe(200);
  client.close();
  hostile.socket.destroy();
  await expect.poll(() => world.budget.used).toBe(0);
});

/** The first line of the answer to one request. */
async function firstLine(port: number, request: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(request);
  const answer = await new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(data.toString('latin1'))),
  );
  socket.destroy();
  return answer.slice(0, answer.indexOf('\r\n'));
}

const expecting = (fields: string): string => head(`Expect: 100-continue\r\n${fields}`);

test('a body is asked for after everything else about its request was looked at', async () => {
  const { http } = await run({ max_request_body_size: 1000 });
  expect([
    await firstLine(http, expecting('Content-Length: 10')),
    await firstLine(http, expecting('Content-Length: 10').replace('/v1/traces', '/v1/nothing')),
    await firstLine(http, expecting('Content-Length: 10').replace('x-protobuf', 'x-nothing')),
    await firstLine(http, expecting('Content-Length: 1001')),
    await firstLine(http, expecting('Content-Length: 10\r\nContent-Encoding: nothing')),
  ]).toEqual([
    'HTTP/1.1 100 Continue',
    'HTTP/1.1 404 Not Found',
    'HTTP/1.1 415 Unsupported Media Type',
    'HTTP/1.1 400 Bad Request',
    'HTTP/1.1 400 Bad Request',
  ]);
});

test('a body is not asked for without the right credentials', async () => {
  const lock: ServerAuthenticator = {
    authenticate: (headers) =>
      headers.get('authorization')?.[0] === 'Bearer right'
        ? Promise.resolve(new Map())
        : Promise.reject(new Error('no such token')),
  };
  const { http } = await run({ auth: { authenticator: 'lock' } }, 1 << 30, lock);
  expect([
    await firstLine(http, expecting('Content-Length: 10\r\nAuthorization: Bearer right')),
    await firstLine(http, expecting('Content-Length: 10\r\nAuthorization: Bearer wrong')),
    await firstLine(http, expecting('Content-Length: 10')),
  ]).toEqual(['HTTP/1.1 100 Continue', 'HTTP/1.1 401 Unauthorized', 'HTTP/1.1 401 Unauthorized']);
});
