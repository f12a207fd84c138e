import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld, type HeldClock } from '../../../test/support/held-world.js';
import { group } from '../../component/schema/schema.js';
import { httpServerShape, type HttpServerConfig } from '../options/http-server.js';
import { tlsServer, type TlsServerConfig } from '../options/tls-server.js';
import { serverTls } from '../tls/server.js';
import { HttpServer, type HttpHandler, type HttpResponse } from './server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const serverOptions = group<HttpServerConfig>(httpServerShape(''));

async function serve(
  handler: HttpHandler,
  secure: boolean,
  options: object = {},
): Promise<{ readonly port: number; readonly clock: HeldClock }> {
  const { clock, context } = heldWorld();
  const pair = tlsServer().parse({ cert_pem: pem('server-a.pem'), key_pem: pem('server-a.key') }) as TlsServerConfig;
  const server = new HttpServer(
    serverOptions.parse({ endpoint: '127.0.0.1:0', ...options }),
    secure ? serverTls(pair, clock, context.logger) : undefined,
    handler,
    clock,
  );
  await server.listen();
  stops.push(() => server.close(AbortSignal.abort()));
  return { port: server.address?.port ?? 0, clock };
}

function connect(port: number, secure: boolean): net.Socket {
  const socket = secure
    ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  stops.push(() => socket.destroy());
  return socket;
}

test.each([
  ['plain', false],
  ['over TLS', true],
])('HTTP/1.1 %s: header fields of 1 MiB are taken, more are refused as they arrive', async (_how, secure) => {
  let handled = 0;
  const handler: HttpHandler = (_request, response) => {
    handled++;
    response.end('well');
  };
  const { port } = await serve(handler, secure);
  const answer = async (bytes: number): Promise<string> => {
    const socket = connect(port, secure);
    const first = new Promise<string>((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data.toString('latin1')));
      socket.once('close', () => resolve('cut'));
    });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Long: ');
    const piece = 'a'.repeat(65_536);
    for (let sent = 0; sent < bytes; sent += piece.length) socket.write(piece.slice(0, bytes - sent));
    // Without the end of the head where it is to be refused: the server must not wait for it.
    if (bytes < 1 << 20) socket.write('\r\n\r\n');
    return first;
  };
  expect(await answer((1 << 20) - 1000)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await answer((1 << 20) + 65_536)).toMatch(/^HTTP\/1\.1 431 /);
  expect(handled).toBe(1);
});

test('of the request that is kept for its shape nothing is left that its sender sent', async () => {
  const requests: http.IncomingMessage[] = [];
  const handler: HttpHandler = (request, response) => {
    requests.push(request as http.IncomingMessage);
    // The first one is answered before its body is read, which would be too late to keep it.
    if (requests.length > 1) request.resume().once('end', () => response.end('well'));
    else response.end('early');
  };
  const { port } = await serve(handler, false);
  const socket = connect(port, false);
  let read = '';
  socket.on('data', (data: Buffer) => (read += data.toString('latin1')));
  const head = (i: number): string =>
    `POST /${i} HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nContent-Length: 200000\r\n\r\n`;
  for (let i = 0; i < 3; i++) {
    socket.write(head(i));
    await expect.poll(() => requests.length).toBe(i + 1);
    if (i === 0) await expect.poll(() => read).toContain('early');
    socket.write(Buffer.alloc(200_000));
    await expect.poll(() => read.split('HTTP/1.1 200 ').length).toBe(i + 2);
  }
  const [early, kept, last] = requests;
  await expect.poll(() => kept?.url).toBe('');
  expect([kept?.headers, kept?.rawHeaders, kept?.listenerCount('data')]).toEqual([{}, [], 0]);
  expect([early?.headers['authorization'], last?.headers['authorization']]).toEqual(['secret', 'secret']);
});

test('a request whose sender leaves before the answer keeps its fields for the handler', async () => {
  const left: http.IncomingMessage[] = [];
  const answered: http.IncomingMessage[] = [];
  const { port } = await serve((request, response) => {
    const message = request as http.IncomingMessage;
    if (request.url === '/stays') {
      answered.push(message);
      response.end('well');
    } else response.once('close', () => left.push(message));
    request.resume();
  }, false);
  const leaves = connect(port, false);
  leaves.write('GET /leaves HTTP/1.1\r\nHost: a\r\nTenant: one\r\n\r\n', () => leaves.destroy());
  await expect.poll(() => left.length).toBe(1);
  const stays = connect(port, false);
  stays.resume();
  stays.write('GET /stays HTTP/1.1\r\nHost: a\r\nTenant: two\r\n\r\n');
  // This one is kept in its place, so that what happens to the first one has happened.
  await expect.poll(() => answered[0]?.url).toBe('');
  expect(left[0]?.headers['tenant']).toBe('one');
});

/** More than the kernel takes for a client that reads nothing. */
const long = Buffer.alloc(32 << 20);

/** A handler of long answers, and what became of them. */
function longAnswers(): { readonly handler: HttpHandler; ended: number; gone: number } {
  const seen = {
    ended: 0,
    gone: 0,
    handler: (_request: unknown, response: http.ServerResponse | http2.Http2ServerResponse) => {
      response.on('close', () => void seen.gone++);
      response.end(long);
      seen.ended++;
    },
  };
  return seen;
}

test.each([
  ['HTTP/1.1, at the default', false, {}, 60_000],
  ['HTTP/1.1 over TLS, at the default', true, {}, 60_000],
  // Node takes the option as a limit of its own, by the real clock, which must be far away.
  ['HTTP/1.1 with write_timeout', false, { write_timeout: '1000s' }, 1_000_000],
])('%s: a client that never reads its response is ended', async (_how, secure, options, limitMs) => {
  const seen = longAnswers();
  const { port, clock } = await serve(seen.handler, secure, options);
  const socket = connect(port, secure);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await expect.poll(() => seen.ended).toBeGreaterThan(0);
  await clock.pass(limitMs - 2000);
  expect(seen.gone).toBe(0);
  // The kernel may have taken a part only now.
  await expect.poll(() => clock.pass(limitMs).then(() => seen.gone)).toBe(seen.ended);
});

test('a response that waits for a slow one before it, of the same connection, is not taken for unread', async () => {
  let slow: HttpResponse | undefined;
  const { port, clock } = await serve((request, response) => {
    if (request.url === '/slow') slow = response;
    else response.end('quick');
  }, false);
  const socket = connect(port, false);
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await expect.poll(() => slow).toBeDefined();
  await clock.pass(200_000);
  slow?.end('slow');
  await closed;
  expect(received).toMatch(/slow[^]*quick/);
});

test('HTTP/2 over TLS: a client that gives no window for its response is ended', async () => {
  const seen = longAnswers();
  const { port, clock } = await serve(seen.handler, true);
  const session = http2.connect(`https://localhost:${port}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 0 },
  });
  session.on('error', () => {});
  stops.push(() => session.destroy());
  const stream = session.request({ ':path': '/x' });
  stream.on('error', () => {});
  const code = new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode)));
  await expect.poll(() => seen.ended).toBe(1);
  await clock.pass(58_000);
  expect(seen.gone).toBe(0);
  await clock.pass(62_000);
  expect(await code).toBe(http2.constants.NGHTTP2_CANCEL);
  await expect.poll(() => seen.gone).toBe(1);
});

test('a client that reads its response slowly, but reads, has all of it', async () => {
  const body = Buffer.alloc(100 << 20);
  const { port, clock } = await serve((_request, response) => void response.end(body), false);
  const socket = connect(port, false);
  let read = 0;
  let next = 0;
  socket.on('data', (bytes: Buffer) => {
    read += bytes.length;
    if (read < next) return;
    // A second for each MiB: the whole takes longer than the limit, a part that the kernel holds does not.
    next = read + (1 << 20);
    socket.pause();
    void clock.pass(1000).then(() => socket.resume());
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await closed;
  expect(read).toBeGreaterThan(body.length);
});
