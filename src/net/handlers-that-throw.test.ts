import { createSocket } from 'node:dgram';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agent } from 'undici';
import { Cancellation } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import { faults } from '../component/fault.js';
import { group } from '../component/schema/schema.js';
import { Succession } from '../component/succession.js';
import { ConnectionShare, Reservation } from '../intake/admission.js';
import { Bodies } from '../intake/bodies.js';
import { GrpcService } from '../intake/grpc/service.js';
import { ReceiverEntry } from '../intake/receiver-entry.js';
import { SenderFaults } from '../intake/sender-faults.js';
import { serveMetrics } from '../telemetry/metrics-server.js';
import { readFrames, frameOf, kind } from '../workers/links/frames.js';
import { pem } from '../../test/support/certificates.js';
import { heldWorld } from '../../test/support/held-world.js';
import { freePorts } from '../../test/support/program.js';
import { block, frame, RawClient } from '../../test/support/raw-http2.js';
import { Http2Connection } from './http2/client.js';
import { defaultKeepalive, sweepEveryMs } from './http2/keepalive.js';
import { Http2Server, type Http2Request, type Http2ServerOptions, type RequestBody } from './http2/server.js';
import { PullClient } from './http/pull.js';
import { ReplyReceiver } from './http/reply.js';
import { HttpServer, type HttpHandler } from './http/server.js';
import { listenDatagrams } from './listening/datagrams.js';
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
  // The end of the first connection may reach the server behind the second request.
  await expect.poll(faultLines).toBe(1);
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

const well = (request: Http2Request): void =>
  request.receive({ ...ok, onEnd: () => request.respondOnly([':status', '200']) });

async function serveHttp2(options: Partial<Http2ServerOptions>): Promise<number> {
  const server = new Http2Server({ tls: undefined, maxConcurrentStreams: 0, onRequest: well, ...options });
  await server.listen({ endpoint: '127.0.0.1:0', transport: 'tcp' });
  stops.push(() => server.close(AbortSignal.abort()));
  return server.address?.port ?? 0;
}

const faultLines = (): number => lines.filter(({ message }) => message.startsWith('A fault')).length;

/** The connection is ended by the server. */
async function ends(client: RawClient): Promise<void> {
  client.socket.resume();
  await expect.poll(() => client.socket.closed).toBe(true);
}

async function isAnswered(port: number, fields: Buffer = post): Promise<boolean> {
  const client = new RawClient(port).open();
  client.send(frame(1, 4, 1, fields), frame(0, 1, 1, Buffer.from('body')));
  const answer = await client.find((one) => one.type === 1);
  client.socket.destroy();
  return answer !== undefined;
}

test('our HTTP/2: output that cannot be made costs its connection only', async () => {
  let requests = 0;
  const port = await serveHttp2({
    onRequest: (request) => {
      if (++requests > 1) return well(request);
      const trailers = ['grpc-status', undefined as never];
      // In a later turn, above which there is nothing of the connection.
      const respond = (): void => request.respond([':status', '200'], Buffer.from('x'), trailers);
      request.receive({ ...ok, onEnd: () => void setImmediate(respond) });
    },
  });
  const client = new RawClient(port).open();
  client.send(frame(1, 4, 1, post), frame(0, 1, 1, Buffer.from('body')));
  await ends(client);
  expect(await isAnswered(port)).toBe(true);
  expect(faultLines()).toBe(1);
});

test('our HTTP/2: a check of the limits that throws costs its connection only', async () => {
  const { clock } = heldWorld();
  let breaks = false;
  const keepalive = {
    ...defaultKeepalive,
    get graceMs(): number {
      if (!breaks) return Number.POSITIVE_INFINITY;
      breaks = false;
      return broken();
    },
  };
  const port = await serveHttp2({ clock, keepalive });
  const [first, second] = [new RawClient(port).open(), new RawClient(port).open()];
  for (const client of [first, second]) {
    client.send(frame(1, 4, 1, post), frame(0, 1, 1, Buffer.from('body')));
    expect(await client.find((one) => one.type === 1)).toBeDefined();
  }
  breaks = true;
  await clock.pass(sweepEveryMs(defaultKeepalive));
  await expect.poll(() => [first, second].filter(({ socket }) => socket.closed).length).toBe(1);
  const other = first.socket.closed ? second : first;
  other.send(frame(1, 4, 3, post), frame(0, 1, 3, Buffer.from('body')));
  expect(await other.find((one) => one.type === 1 && one.stream === 3)).toBeDefined();
  other.socket.destroy();
  expect(faultLines()).toBe(1);
});

test('our HTTP/2: an end of a connection that throws cuts that connection only', async () => {
  const { clock } = heldWorld();
  let breaks = false;
  const breaking: Clock = {
    now: () => clock.now(),
    unixMs: () => clock.unixMs(),
    after(ms, run) {
      if (breaks) {
        breaks = false;
        broken();
      }
      return clock.after(ms, run);
    },
  };
  const server = new Http2Server({ tls: undefined, maxConcurrentStreams: 0, onRequest: well, clock: breaking });
  await server.listen({ endpoint: '127.0.0.1:0', transport: 'tcp' });
  stops.push(() => server.close(AbortSignal.abort()));
  const all = Array.from({ length: 3 }, () => new RawClient(server.address?.port ?? 0).open());
  for (const client of all) await client.find((one) => one.type === 4);
  const closed = server.close(new AbortController().signal);
  // None of the clients answers the ping by which the server waits for the last requests.
  for (const client of all) await client.find((one) => one.type === 6 && (one.flags & 1) === 0);
  breaks = true;
  await clock.pass(1000);
  await closed;
  for (const client of all) await ends(client);
  expect(breaks).toBe(false);
  expect(faultLines()).toBe(1);
});

test('bodies: one whose end throws keeps no other from its end', async () => {
  const { clock, budget } = heldWorld();
  const bodies = new Bodies(clock);
  const share = new ConnectionShare(bodies);
  const cut: string[] = [];
  const begin = (deadline: number | undefined, end: (why: string) => void): void => {
    const reservation = new Reservation(budget, share);
    reservation.resize(4096);
    bodies.begin({ reservation, size: 1, deadline, cut: end });
  };
  begin(clock.now() + 500, broken);
  begin(clock.now() + 500, (why) => cut.push(why));
  await clock.pass(1000);
  expect(cut).toEqual(['deadline_exceeded']);
  begin(undefined, broken);
  const room = new ConnectionShare(bodies).makeRoom(1000, () => cut.push('room') > 0);
  expect(room).toBe(true);
  expect(cut).toEqual(['deadline_exceeded', 'room']);
  expect(faultLines()).toBe(1);
});

test.each([
  ['bytes that are no HTTP', 'nothing of HTTP\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a head that takes too long', 'GET / HTTP/1.1\r\nHost: a\r\n', /^HTTP\/1\.1 408 /],
])('%s: a handler that throws costs its connection only', async (_what, text, answer) => {
  const { clock } = heldWorld();
  const config = group<HttpServerConfig>(httpServerShape('')).parse({ endpoint: '127.0.0.1:0' });
  const server = new HttpServer(config, undefined, (_request, response) => void response.end(), clock);
  let connections = 0;
  let accepted: net.Socket | undefined;
  const listening = net.createServer((socket) => {
    accepted = socket;
    if (++connections === 1) socket.end = broken;
    server.accept(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    listening.close();
    await server.close(AbortSignal.abort());
  });
  const { port } = listening.address() as net.AddressInfo;
  const sent = async (): Promise<string> => {
    let seen = '';
    accepted = undefined;
    const socket = net.connect(port, '127.0.0.1');
    socket.on('data', (bytes) => (seen += bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.write(text);
    // A connection that has brought nothing in its time is ended without an answer.
    await expect.poll(() => accepted?.bytesRead).toBe(text.length);
    await expect.poll(() => clock.pass(20_000).then(() => socket.closed)).toBe(true);
    return seen;
  };
  expect(await sent()).toBe('');
  expect(await sent()).toMatch(answer);
  expect(await clients['HTTP/1.1'](port)).toBe(200);
  expect(faultLines()).toBe(1);
});

const call = block([
  ...[':method', 'POST', ':scheme', 'http', ':path', '/a.B/C', ':authority', 'a'],
  ...['content-type', 'application/grpc', 'te', 'trailers'],
]);

test.each([
  ['service', { middlewares: [{ refusal: broken }] }],
  ['call', { watch: () => ({ span: undefined, ended: broken }) }],
])('gRPC: a %s that throws costs its call only, and is logged once', async (_what, parts) => {
  const { context, budget, clock } = heldWorld();
  const service = new GrpcService({
    methods: new Map([['/a.B/C', new ReceiverEntry(context, { consume: () => Promise.resolve() })]]),
    maxMessage: 1000,
    includeMetadata: false,
    authenticator: undefined,
    middlewares: [],
    admission: budget,
    clock,
    faults: new SenderFaults(context, 'grpc'),
    serving: () => true,
    reply: Buffer.alloc(0),
    partial: () => Buffer.alloc(0),
    watch: undefined,
    ...parts,
  });
  const port = await serveHttp2({ onRequest: service.onRequest });
  const message = Buffer.alloc(5);
  for (let i = 0; i < 3; i++) {
    const client = new RawClient(port).open();
    client.send(frame(1, 4, 1, call), frame(0, 1, 1, message));
    const answer = await client.find((one) => one.type === 1 && one.stream === 1);
    expect(answer?.payload.toString('latin1')).toContain('internal error');
    client.socket.destroy();
  }
  expect(faultLines()).toBe(1);
});

test('datagrams: a handler that throws costs its datagram only', async () => {
  const seen: string[] = [];
  const taker = (bytes: Buffer): void => void (bytes.length === 3 ? broken() : seen.push(bytes.toString()));
  const status = { failed: broken, succeeded: () => {} };
  const server = await listenDatagrams(taker, '127.0.0.1:0', new Succession(), status);
  stops.push(() => server.close());
  const client = createSocket('udp4');
  stops.push(() => client.close());
  for (const text of ['bad', 'well']) client.send(text, server.address?.port ?? 0, '127.0.0.1');
  await expect.poll(() => seen).toEqual(['well']);
  expect(faultLines()).toBe(1);
});

test('first bytes: a handler that throws costs its connection only', async () => {
  const [port = 0] = await freePorts(1);
  const config = group<HttpServerConfig>(httpServerShape('')).parse({ endpoint: `127.0.0.1:${port}` });
  const foreign = { heard: broken, handshake: broken, http2: { accept: broken } };
  const server = new HttpServer(config, undefined, (_request, response) => void response.end(), undefined, foreign);
  await server.listen();
  stops.push(() => server.close(AbortSignal.abort()));
  // A greeting of TLS, and one of HTTP/2.
  for (const first of [Buffer.from([0x16, 3, 1, 0, 1, 0]), Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')]) {
    const socket = net.connect(port, '127.0.0.1').resume();
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(first);
    await closed;
  }
  expect(await clients['HTTP/1.1'](port)).toBe(200);
  expect(faultLines()).toBe(1);
});

test.each(['HTTP/1.1 and HTTP/2', 'our HTTP/2'])(
  '%s: a handler of a failed handshake that throws costs that connection only',
  async (protocol) => {
    let port: number;
    if (protocol === 'our HTTP/2') port = await serveHttp2({ tls: tlsOf(), onHandshakeFault: broken });
    else {
      [port = 0] = await freePorts(1);
      const config = group<HttpServerConfig>(httpServerShape('')).parse({ endpoint: `127.0.0.1:${port}` });
      const foreign = { heard: broken, handshake: broken, http2: { accept: broken } };
      const answer: HttpHandler = (_request, response) => void response.end();
      const server = new HttpServer(config, tlsOf(), answer, undefined, foreign);
      await server.listen();
      stops.push(() => server.close(AbortSignal.abort()));
    }
    const socket = net.connect(port, '127.0.0.1').resume();
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await expect.poll(faultLines).toBe(1);
    socket.destroy();
    expect(await clients['HTTP/2 over TLS'](port)).toBe(200);
  },
);

/** A backend of HTTP/1.1 that answers `/bad` with 100 interim responses, and everything else at once. */
async function backend(): Promise<number> {
  const server = http.createServer((request, response) => {
    request.resume();
    if (request.url === '/bad') for (let i = 0; i < 100; i++) response.writeProcessing();
    response.end('well');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

test.each(['its end', 'its head', 'its error'])(
  'a reply: a handler of %s that throws costs its request only',
  async (what) => {
    const agent = new Agent({ connections: 1 });
    stops.push(() => agent.destroy());
    const origin = `http://127.0.0.1:${await backend()}`;
    const exchange = (path: string, resolve: () => void, reject: () => void): ReplyReceiver => {
      const receiver = new ReplyReceiver(new Cancellation(), resolve, reject);
      agent.dispatch({ origin, path, method: 'POST', headers: {}, body: 'body' }, receiver);
      return receiver;
    };
    await new Promise<void>((resolve) => {
      const failing = (): never => {
        resolve();
        return broken();
      };
      if (what === 'its end') exchange('/', failing, resolve);
      else if (what === 'its error') exchange('/bad', resolve, failing);
      else exchange('/', resolve, resolve).onResponseStart = failing;
    });
    await new Promise<void>((resolve, reject) => void exchange('/', resolve, () => reject(new Error('not answered'))));
  },
);

test('a fetch: a handler of interim responses that throws ends its request only', async () => {
  const client = await PullClient.open({
    tls: undefined,
    proxyUrl: '',
    proxyFromEnvironment: false,
    http2: false,
    followRedirects: false,
    mostConnections: 1,
  });
  stops.push(() => client.close());
  const origin = `http://127.0.0.1:${await backend()}`;
  const none = { open: {}, secret: {} };
  await expect(client.get(`${origin}/bad`, none, new Cancellation())).rejects.toThrow('interim responses');
  const reply = await client.get(`${origin}/`, none, new Cancellation());
  expect(reply.status).toBe(200);
  await reply.discard();
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
