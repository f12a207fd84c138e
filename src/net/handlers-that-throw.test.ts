import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faults } from '../component/fault.js';
import { group } from '../component/schema/schema.js';
import { serveMetrics } from '../telemetry/metrics-server.js';
import { readFrames, frameOf, kind } from '../workers/links/frames.js';
import { pem } from '../../test/support/certificates.js';
import { heldWorld } from '../../test/support/held-world.js';
import { freePorts } from '../../test/support/program.js';
import { block, frame, RawClient } from '../../test/support/raw-http2.js';
import { Http2Connection } from './http2/client.js';
import { Http2Server, type Http2Request, type RequestBody } from './http2/server.js';
import { HttpServer, type HttpHandler } from './http/server.js';
import { httpServerShape, type HttpServerConfig } from './options/http-server.js';
import { tlsServer, type TlsServerConfig } from './options/tls-server.js';
import { serverTls } from './tls/server.js';

const broken = (): never => {
  throw new Error('broken by the test');
};

let lines: ReturnType<typeof heldWorld>['lines'];
const uncaught: unknown[] = [];
const onUncaught = (error: unknown): void => void uncaught.push(error);
const stops: (() => unknown)[] = [];
beforeEach(() => {
  const world = heldWorld();
  lines = world.lines;
  faults.use(world.context.logger);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
  process.off('uncaughtException', onUncaught);
  process.off('unhandledRejection', onUncaught);
  expect(uncaught.splice(0)).toEqual([]);
});

const tlsOf = (): ReturnType<typeof serverTls> => {
  const { clock, context } = heldWorld();
  const config = tlsServer().parse({ cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') });
  return serverTls(config as TlsServerConfig, clock, context.logger);
};

async function serve(handler: HttpHandler, secure: boolean, options: object = {}): Promise<number> {
  const [port = 0] = await freePorts(1);
  const config = group<HttpServerConfig>(httpServerShape('')).parse({ endpoint: `127.0.0.1:${port}` });
  const server = new HttpServer({ ...config, ...options }, secure ? tlsOf() : undefined, handler);
  await server.listen();
  stops.push(() => server.close(AbortSignal.abort()));
  return port;
}

/** Resolves with the status of each request, or with `cut` when there is none. */
const clients = {
  'HTTP/1.1': (port: number) => ask((done) => http.get({ port, path: '/x', agent: false }, done)),
  'HTTP/1.1 over TLS': (port: number) =>
    ask((done) => https.get({ port, path: '/x', agent: false, rejectUnauthorized: false }, done)),
  'HTTP/2 over TLS': (port: number) =>
    new Promise<number | 'cut'>((resolve) => {
      const session = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false });
      session.on('error', () => resolve('cut'));
      const stream = session.request({ ':path': '/x' });
      stream.on('response', (fields) => resolve(Number(fields[':status'])));
      stream.on('error', () => resolve('cut'));
      stream.on('close', () => {
        resolve('cut');
        session.destroy();
      });
      stream.resume();
    }),
} as const;

function ask(begin: (done: (response: http.IncomingMessage) => void) => http.ClientRequest): Promise<number | 'cut'> {
  return new Promise((resolve) => {
    begin((response) => {
      response.resume();
      response.on('error', () => {});
      resolve(response.statusCode ?? 0);
    }).on('error', () => resolve('cut'));
  });
}

const handlers: Readonly<Record<string, HttpHandler>> = {
  throws: broken,
  rejects: () => Promise.reject(new Error('broken by the test')),
  'sets a header that is none': (_request, response) => {
    response.setHeader('x-name', 'a\r\nb');
    response.end();
  },
  'throws after the head of its response': (_request, response) => {
    response.writeHead(200);
    (response as http.ServerResponse).write('x');
    broken();
  },
};

test.each(
  Object.keys(clients).flatMap((protocol) => Object.keys(handlers).map((handler) => [protocol, handler] as const)),
)('%s: a handler that %s costs its request only, and is logged once', async (protocol, name) => {
  let requests = 0;
  const handler: HttpHandler = (request, response) => {
    if (++requests <= 3) return handlers[name]?.(request, response);
    response.end('well');
  };
  const port = await serve(handler, protocol !== 'HTTP/1.1');
  const client = clients[protocol as keyof typeof clients];
  const seen = [await client(port), await client(port), await client(port), await client(port)];
  expect(seen[3]).toBe(200);
  // With the head of a response gone, the connection ends within it. Node's HTTP/2 leaves out a header that is none.
  const harmless = protocol === 'HTTP/2 over TLS' && name.includes('header');
  if (!name.includes('after'))
    expect(seen.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => (harmless ? 200 : 500)));
  expect(lines.filter(({ message }) => message.startsWith('A fault')).length).toBeLessThanOrEqual(1);
});

test('response headers that can not be sent are answered with 500', async () => {
  const port = await serve((_request, response) => void response.end(), false, { response_headers: [['x', 'a\r\nb']] });
  expect([await clients['HTTP/1.1'](port), await clients['HTTP/1.1'](port)]).toEqual([500, 500]);
});

test.each(['GET //', 'GET ///', 'GET //[', 'GET http://[', 'GET //:80', 'GET http://a:99999/', 'GET /%', 'OPTIONS *'])(
  'HTTP/1.1: %s reaches the handler as it came',
  async (line) => {
    const port = await serve((_request, response) => void response.end('well'), false);
    const socket = net.connect(port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString('latin1'))));
    socket.write(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(await answer).toContain('HTTP/1.1 200');
    socket.destroy();
  },
);

const post = block([':method', 'POST', ':scheme', 'http', ':path', '/x', ':authority', 'a']);
const ok: RequestBody = { onData: () => {}, onEnd: () => {}, onGone: () => {} };

test.each([
  ['a request', (): void => broken()],
  ['content', (request: Http2Request) => request.receive({ ...ok, onData: broken })],
  ['the end', (request: Http2Request) => request.receive({ ...ok, onEnd: broken })],
  ['the end of the stream', (request: Http2Request) => request.receive({ ...ok, onGone: broken })],
  ['its own response', (request: Http2Request) => request.respondOnly([':status', undefined as never])],
])('our HTTP/2: a handler of %s that throws costs its connection only', async (_what, handler) => {
  const [port = 0] = await freePorts(1);
  let requests = 0;
  const server = new Http2Server({
    tls: undefined,
    maxConcurrentStreams: 0,
    onRequest: (request) => {
      if (++requests === 1) handler(request);
      else request.receive({ ...ok, onEnd: () => request.respondOnly([':status', '200']) });
    },
  });
  await server.listen({ endpoint: `127.0.0.1:${port}`, transport: 'tcp' });
  stops.push(() => server.close(AbortSignal.abort()));
  const first = new RawClient(port).open();
  first.send(frame(1, 4, 1, post), frame(0, 1, 1, Buffer.from('body')));
  await Promise.race([first.find((one) => one.type === 7), first.settled()]);
  first.socket.destroy();
  const second = new RawClient(port).open();
  second.send(frame(1, 4, 1, post), frame(0, 1, 1, Buffer.from('body')));
  expect(await second.find((one) => one.type === 1)).toBeDefined();
  second.socket.destroy();
  expect(lines.filter(({ message }) => message.startsWith('A fault'))).toHaveLength(1);
});

test('our HTTP/2 client: a listener that throws does not keep the others from the end of the connection', async () => {
  const server = http2.createServer((_request, response) => void response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const connection = await Http2Connection.connect({
    address: { host: '127.0.0.1', port },
    authority: 'a',
    tls: undefined,
    connectTimeoutMs: 10_000,
  });
  const waiting = connection.request(
    [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'a'],
    [],
    undefined,
  );
  connection.onClose(broken);
  connection.destroy('the test ends it');
  expect((await waiting).fault).toMatchObject({ kind: 'connection' });
  await expect.poll(() => lines.length).toBeGreaterThan(0);
});

test('links between workers: a frame whose handler throws ends the connection', async () => {
  const server = net.createServer((socket) => readFrames(socket, broken));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  for (const bytes of [
    Buffer.concat(frameOf(kind.hello, 1)),
    Buffer.concat(frameOf(kind.batch, 1, { entry: 'x' })).fill(0xff, 13),
  ]) {
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes);
    await closed;
  }
});

test.each([
  ['throws', broken],
  ['rejects', () => Promise.reject(new Error('broken by the test'))],
])('a scrape whose metrics %s is answered with 500', async (_how, render) => {
  const { port, close } = await serveMetrics('127.0.0.1', 0, render);
  stops.push(close);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(500);
});
