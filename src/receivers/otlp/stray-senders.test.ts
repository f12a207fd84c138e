import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { freePorts } from '../../../test/support/program.js';
import type { Receiver } from '../../component/define.js';
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
  readonly receiver: Receiver;
}

async function run(options: { readonly grpc?: object; readonly http?: object | false } = {}): Promise<Running> {
  const [grpc = 0, http = 0] = await freePorts(2);
  const world = heldWorld();
  const config = definition.config.parse({
    protocols: {
      grpc: { endpoint: `127.0.0.1:${grpc}`, ...options.grpc },
      ...(options.http === false ? {} : { http: { endpoint: `127.0.0.1:${http}`, ...options.http } }),
    },
  });
  const receiver = await definition.create(config, world.context, { consume: () => Promise.resolve() });
  await receiver.start?.(hostWith());
  stops.push(() => receiver.shutdown?.(new AbortController().signal));
  return { grpc, http, world, receiver };
}

const server = { cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') };
const authority = path.resolve(import.meta.dirname, '../../../test/support/tls/ca-a.pem');
const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

interface Called {
  readonly code: number;
  readonly text: string;
  readonly message?: Buffer;
}

/** One call by grpc-js, the gRPC library of Node's SDK. */
async function call(port: number, method: string, message: Uint8Array, secure = false): Promise<Called> {
  const client = new Client(
    `localhost:${port}`,
    secure ? credentials.createSsl(Buffer.from(pem('server-a.pem'))) : credentials.createInsecure(),
  );
  const bytes = (value: Buffer): Buffer => value;
  const called = await new Promise<Called>((resolve) =>
    client.makeUnaryRequest(method, bytes, bytes, Buffer.from(message), (error: ServiceError | null, reply?: Buffer) =>
      resolve(
        error ? { code: error.code, text: error.details } : { code: 0, text: '', ...(reply && { message: reply }) },
      ),
    ),
  );
  client.close();
  return called;
}

/** The server's reply to these bytes until it closes, or `until` is in it. */
function exchange(socket: net.Socket, bytes: string | Buffer, until?: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    const done = (): void => {
      socket.destroy();
      resolve(seen);
    };
    socket.on('data', (data: Buffer) => {
      seen += data.toString('latin1');
      if (until !== undefined && seen.includes(until)) done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(bytes);
  });
}

const toPort = (port: number, bytes: string | Buffer, until?: string): Promise<string> =>
  exchange(net.connect(port, '127.0.0.1'), bytes, until);

const faultsOf = ({ world }: Running): number => world.metrics['kanmon_receiver_sender_faults'] ?? 0;
const saidBy = ({ world }: Running): unknown[] =>
  world.lines.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, fields?.['error']]);

const json = '{"resourceSpans":[]}';
const head = 'POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\n';
const request = (fields: string): string => `${head}${fields}Content-Length: ${json.length}\r\n\r\n${json}`;

test('an HTTP/1.1 request to the port of gRPC learns the port of HTTP, in JSON when it has JSON', async () => {
  const running = await run();
  const answer = await fetch(`http://127.0.0.1:${running.grpc}/v1/traces`, {
    method: 'POST',
    body: json,
    headers: { 'content-type': 'application/json' },
  });
  const message = `this is the port of OTLP/gRPC; OTLP/HTTP is at port ${running.http}`;
  expect([answer.status, await answer.json()]).toEqual([400, { code: 3, message }]);
  const plain = await fetch(`http://127.0.0.1:${running.grpc}/`);
  expect([plain.status, await plain.text()]).toEqual([400, `${message}\n`]);
  expect(faultsOf(running)).toBe(2);
  expect(saidBy(running)).toEqual([
    [
      'A client speaks another protocol than this port',
      `the client speaks HTTP/1.1; this port takes HTTP/2: ${message}`,
    ],
  ]);
});

test('a large HTTP/1.1 request in small pieces to the port of gRPC is answered, too', async () => {
  const { grpc } = await run();
  const socket = net.connect(grpc, '127.0.0.1').setNoDelay(true);
  const seen = exchange(socket, 'P');
  for (const piece of [
    'OST /v1',
    '/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n',
    'x'.repeat(4_000_000),
  ]) {
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(piece);
  }
  expect(await seen).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test('where HTTP is not configured, the answer says that', async () => {
  const { grpc } = await run({ http: false });
  expect(await (await fetch(`http://127.0.0.1:${grpc}/`)).text()).toBe(
    'this is the port of OTLP/gRPC; OTLP/HTTP (usually port 4318) is not configured here: protocols::http\n',
  );
});

test('a gRPC call to the port of HTTP is answered with the port of gRPC, with TLS and without', async () => {
  const plain = await run();
  const message = (port: number): string => `this is the port of OTLP/HTTP; OTLP/gRPC is at port ${port}`;
  expect(await call(plain.http, exportPath, Buffer.alloc(0))).toEqual({ code: 12, text: message(plain.grpc) });
  const secure = await run({ http: { tls: server } });
  expect(await call(secure.http, exportPath, Buffer.alloc(0), true)).toEqual({ code: 12, text: message(secure.grpc) });
  expect([faultsOf(plain), faultsOf(secure)]).toEqual([1, 1]);
  const old = await fetch(`http://127.0.0.1:${plain.http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc' },
  });
  expect([old.status, await old.text()]).toEqual([415, message(plain.grpc)]);
});

test('HTTP/2 that is no gRPC is refused as that at the port of HTTP', async () => {
  const { http, grpc } = await run();
  const session = http2.connect(`http://127.0.0.1:${http}`);
  session.on('error', () => {});
  const stream = session.request({ ':method': 'POST', ':path': '/v1/traces', 'content-type': 'application/json' });
  const status = new Promise((resolve) => stream.once('response', (fields) => resolve(fields[':status'])));
  stream.end(json);
  let text = '';
  for await (const piece of stream) text += String(piece);
  expect([await status, text]).toEqual([400, `this is the port of OTLP/HTTP; OTLP/gRPC is at port ${grpc}\n`]);
  session.destroy();
});

test('TLS to a port without TLS, and no TLS to one with it, are counted and named', async () => {
  const plain = await run();
  for (const port of [plain.grpc, plain.http])
    await new Promise((resolve) => tls.connect({ port, host: '127.0.0.1' }).on('error', resolve));
  await expect.poll(() => faultsOf(plain)).toBe(2);
  expect(saidBy(plain).map((line) => (line as string[])[1])).toEqual([
    expect.stringMatching(/^the client speaks TLS; this port takes HTTP\/2: /),
    'the client speaks TLS; this port takes HTTP/1.1',
  ]);
  const secure = await run({ grpc: { tls: server }, http: { tls: server } });
  for (const port of [secure.grpc, secure.http]) await toPort(port, request('Host: a\r\n'));
  await expect.poll(() => faultsOf(secure)).toBe(2);
  expect(saidBy(secure)).toEqual(
    Array.from({ length: 2 }, () => [
      'The TLS handshake of a client failed',
      'the client does not speak TLS (http request)',
    ]),
  );
});

test('a client of TLS that does not ask for HTTP/2 is answered with the port of HTTP', async () => {
  const running = await run({ grpc: { tls: server } });
  const socket = tls.connect({ port: running.grpc, host: '127.0.0.1', rejectUnauthorized: false });
  expect(await exchange(socket, request('Host: a\r\n'))).toContain(
    `{"code":3,"message":"this is the port of OTLP/gRPC; OTLP/HTTP is at port ${running.http}"}`,
  );
  expect(faultsOf(running)).toBe(1);
});

test('clients that mTLS refuses are counted, and logged once a minute with their address', async () => {
  const mtls = { ...server, client_ca_file: authority };
  const running = await run({ grpc: { tls: mtls }, http: { tls: mtls } });
  const own = { cert: pem('client-b.pem'), key: pem('client-b.key') };
  const refused = async (port: number, more: object): Promise<void> => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'], ...more });
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
  };
  for (const port of [running.grpc, running.http]) {
    await refused(port, {});
    await refused(port, own);
  }
  await expect.poll(() => faultsOf(running)).toBe(4);
  const lines = running.world.lines.filter(({ level }) => level === 'warn');
  expect(lines.map(({ message }) => message)).toEqual(
    Array.from({ length: 2 }, () => 'The TLS handshake of a client failed'),
  );
  expect(lines[0]?.fields).toEqual({
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    error: 'peer did not return a certificate',
  });
  await running.world.clock.pass(60_000);
  await refused(running.grpc, own);
  await expect.poll(() => faultsOf(running)).toBe(5);
  expect(running.world.lines.at(-1)?.fields).toEqual({
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    error: expect.stringMatching(/^the client's certificate is refused: /),
    unlogged: 1,
  });
});

test('a connection that only opens and closes is no fault of a client', async () => {
  const running = await run({ grpc: { tls: server }, http: { tls: server } });
  for (const port of [running.grpc, running.http]) {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => socket.end().resume().once('close', resolve));
  }
  const answer = await new Promise<number | undefined>((resolve) =>
    https
      .request({ port: running.http, path: '/v1/traces', method: 'GET', rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .end(),
  );
  expect(answer).toBe(405);
  expect(saidBy(running).map((line) => (line as string[])[0])).toEqual([
    'A request is for a path, service or method that is not served',
  ]);
});

test.each([
  ['two Host headers', request('Host: a\r\nHost: a\r\n'), 400, 'too many Host headers'],
  ['an empty line in front', `\r\n${request('Host: a\r\n')}`, 400, 'malformed HTTP request'],
  [
    'a coding that is not known',
    `${head}Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    501,
    'unsupported transfer encoding',
  ],
  ['an odd Host', request('Host: a b\r\n'), 400, 'malformed Host header'],
])('HTTP/1.1 with %s is refused, and its connection', async (_name, bytes, status, text) => {
  const { http } = await run();
  const seen = await toPort(http, bytes);
  expect(seen).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(seen).toContain(text);
});

test('several requests on one connection, and pieces of one, are read as before', async () => {
  const { http } = await run();
  const two = await toPort(http, request('Host: a\r\n') + request('Host: a\r\nConnection: close\r\n'));
  expect(two.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  const socket = net.connect(http, '127.0.0.1').setNoDelay(true);
  const seen = exchange(socket, 'P', '{"partialSuccess":{}}');
  for (const piece of request('Host: a\r\n')
    .slice(1)
    .match(/.{1,40}/gs) ?? []) {
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(piece);
  }
  expect(await seen).toContain('HTTP/1.1 200 OK');
});

test('a connection that stays silent is ended after the time for a first request', async () => {
  const { http, world } = await run();
  const socket = net.connect(http, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.resume().once('close', resolve));
  // Connections are accepted in their order.
  await toPort(http, request('Host: a\r\nConnection: close\r\n'));
  await world.clock.pass(61_000);
  await closed;
});

const check = '/grpc.health.v1.Health/Check';
const asking = (service: string): Buffer =>
  service === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([10, service.length]), Buffer.from(service)]);

test('a health check learns on its connection that the server stops', async () => {
  const { grpc, receiver } = await run();
  const client = new RawClient(grpc).open();
  const fields = (method: string): Buffer =>
    block([
      ...[':method', 'POST', ':scheme', 'http', ':path', method, ':authority', 'a'],
      ...['content-type', 'application/grpc', 'te', 'trailers'],
    ]);
  // A message that does not end keeps the connection open.
  client.send(frame(1, 4, 1, fields(exportPath)), frame(0, 0, 1, Buffer.from([0, 0, 0, 1, 0])));
  await client.settled();
  const stopped = receiver.shutdown?.(new AbortController().signal);
  client.send(frame(1, 4, 3, fields(check)), frame(0, 1, 3, Buffer.from([0, 0, 0, 0, 0])));
  const answer = await client.find(({ type, stream }) => type === 0 && stream === 3);
  expect(answer?.payload).toEqual(Buffer.from([0, 0, 0, 0, 2, 8, 2]));
  client.socket.destroy();
  await stopped;
});

test('grpc.health.v1.Health/Check answers, without credentials, for the server and its services', async () => {
  const running = await run();
  const serving = { code: 0, text: '', message: Buffer.from([8, 1]) };
  expect(await call(running.grpc, check, asking(''))).toEqual(serving);
  expect(await call(running.grpc, check, asking('opentelemetry.proto.collector.trace.v1.TraceService'))).toEqual(
    serving,
  );
  expect(await call(running.grpc, check, asking('grpc.health.v1.Health'))).toEqual(serving);
  expect(await call(running.grpc, check, asking('nothing'))).toEqual({ code: 5, text: 'unknown service' });
  expect((await call(running.grpc, check, asking('x'.repeat(120)))).code).toBe(5);
  expect((await call(running.grpc, check, Buffer.alloc(2000, 10))).code).toBe(8);
  expect((await call(running.grpc, check, Buffer.from([7, 7]))).code).toBe(13);
  expect(await call(running.grpc, '/grpc.health.v1.Health/Watch', asking(''))).toEqual({
    code: 12,
    text: expect.stringContaining('Watch is not implemented'),
  });
  expect(running.world.budget.used).toBe(0);
});
