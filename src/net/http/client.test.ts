import diagnostics from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Cancellation, Cancelled } from '../../component/cancellation.js';
import { group } from '../../component/schema/schema.js';
import { httpClientShape, type HttpClientConfig } from '../options/http-client.js';
import { mostInterimAnswers } from '../interim-answers.js';
import { HttpClient } from './client.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function client(settings: object = {}): Promise<HttpClient> {
  const config = group<HttpClientConfig>(httpClientShape()).parse({ endpoint: 'http://127.0.0.1:1', ...settings });
  const opened = await HttpClient.open(config, undefined);
  stops.push(() => opened.close(AbortSignal.abort()));
  return opened;
}

interface Seen {
  readonly request: string;
  readonly key: unknown;
  readonly body: string;
}

async function serve(answer: (path: string, response: http.ServerResponse) => void): Promise<{
  origin: string;
  seen: Seen[];
}> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push({ request: `${request.method} ${request.url}`, key: request.headers['x-api-key'], body });
      answer(request.url ?? '', response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const post = (of: HttpClient, url: string): ReturnType<HttpClient['post']> =>
  of.post(url, { 'x-api-key': 'secret' }, Buffer.from('data'), new Cancellation());

test.each([
  [300, false],
  [301, false],
  [302, false],
  [303, false],
  [304, false],
  [307, true],
  [308, true],
])('a redirect with %d to the same origin is followed: %s', async (status, followed) => {
  const { origin, seen } = await serve((path, response) => {
    if (path === '/a') response.writeHead(status, { location: '/b?c=d' });
    response.end();
  });
  const reply = await post(await client(), `${origin}/a`);
  expect(reply.status).toBe(followed ? 200 : status);
  const sent = ['POST /a', ...(followed ? ['POST /b?c=d'] : [])];
  expect(seen).toEqual(sent.map((request) => ({ request, key: 'secret', body: 'data' })));
});

test.each([301, 302, 303, 307, 308])('a redirect with %d to another origin learns nothing', async (status) => {
  const other = await serve((_path, response) => response.end());
  const { origin, seen } = await serve((_path, response) => {
    response.writeHead(status, { location: `${other.origin}/b` });
    response.end();
  });
  const reply = await post(await client(), `${origin}/a`);
  expect([reply.status, reply.header('location')]).toEqual([status, `${other.origin}/b`]);
  expect(seen).toHaveLength(1);
  expect(other.seen).toEqual([]);
});

test('a redirect without end, or to no URL, ends', async () => {
  const { origin, seen } = await serve((path, response) => {
    response.writeHead(308, { location: path === '/round' ? '/round' : 'http://[' });
    response.end();
  });
  const opened = await client();
  expect((await post(opened, `${origin}/broken`)).status).toBe(308);
  expect(seen).toHaveLength(1);
  expect((await post(opened, `${origin}/round`)).status).toBe(308);
  expect(seen).toHaveLength(12);
});

/** A server that says `text` again and again, until its client leaves. */
async function babbling(text: string): Promise<{ url: string; said(): number }> {
  let said = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      const more = (): void => {
        while (!socket.destroyed) {
          said += text.length;
          if (!socket.write(text)) return void socket.once('drain', more);
        }
      };
      more();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, said: () => said };
}

test('interim responses without end cost the connection', async () => {
  const { url } = await babbling(`HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(1000)}\r\n\r\n`);
  await expect(post(await client(), url)).rejects.toThrow(`more than ${mostInterimAnswers} interim responses`);
});

test('a header without end costs the connection', async () => {
  const { url } = await babbling('x-field: value\r\n');
  await expect(post(await client(), url)).rejects.toThrow();
  const header = await babbling(`HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(100_000)}\r\n\r\n`);
  await expect(post(await client(), header.url)).rejects.toThrow(/[Hh]eader/);
});

test('of a body without end the beginning is read', async () => {
  const { origin } = await serve((_path, response) => {
    const more = (): void => {
      while (!response.destroyed) if (!response.write('x'.repeat(10_000))) return void response.once('drain', more);
    };
    more();
  });
  const reply = await post(await client(), origin);
  expect([reply.status, reply.body.length, reply.truncated]).toEqual([200, 65_536, true]);
});

test('time limits of a month are handed on', async () => {
  const { origin } = await serve((_path, response) => response.end('ok'));
  const opened = await client({ idle_conn_timeout: '1000h', timeout: '1000h' });
  for (let i = 0; i < 3; i++) expect((await post(opened, origin)).status).toBe(200);
});

test('a connection that is never made fails all who wait for it when the time limit of a request is over', async () => {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const opened = await client({ timeout: '20ms', max_conns_per_host: 1 });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const failures = await Promise.all([1, 2].map(() => post(opened, url).catch((error: Error) => error.message)));
  for (const message of failures) expect(message).toMatch(/Connect Timeout/);
});

test('close waits for running requests until its deadline', async () => {
  const { origin, seen } = await serve(() => {});
  const opened = await client();
  const failure = post(opened, origin).catch((error: Error) => error.message);
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const deadline = new AbortController();
  let closed = false;
  const closing = opened.close(deadline.signal).then(() => (closed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(false);
  deadline.abort();
  await closing;
  expect(await failure).toMatch(/destroyed|closed/);
});

test.each(['for a connection', 'for the head of the response', 'for the rest of its body'])(
  'a cancelled request that waits %s ends at once, and with it what was done for it',
  async (waits) => {
    const atHeadOfRequest = waits === 'for a connection';
    const arrived = new EventEmitter();
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.on('close', () => sockets.delete(socket));
      socket.on('data', () => {
        if (waits === 'for the rest of its body') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
        arrived.emit('request');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const opened = await client();
    const cancellation = new Cancellation();
    const begun = once(arrived, 'request');
    const headRead = new Promise<void>((resolve) => {
      const onHead = (): void => resolve();
      diagnostics.subscribe('undici:request:headers', onHead);
      stops.push(() => diagnostics.unsubscribe('undici:request:headers', onHead));
    });
    const outcome = opened
      .post(`${atHeadOfRequest ? 'https' : 'http'}://127.0.0.1:${port}/`, {}, Buffer.from('data'), cancellation)
      .catch((error: unknown) => error);
    await begun;
    // The server knows only that it has written the head.
    if (waits === 'for the rest of its body') await headRead;
    cancellation.abort('deadline');
    expect(await outcome).toEqual(new Cancelled('deadline'));
    // A connection that was never made ends with the client.
    if (atHeadOfRequest) await opened.close(AbortSignal.abort());
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  },
);

test('a request that is cancelled before it begins is not sent', async () => {
  const { origin, seen } = await serve((_path, response) => response.end('ok'));
  const opened = await client();
  const cancellation = new Cancellation();
  cancellation.abort('drain');
  await expect(opened.post(origin, {}, Buffer.from('data'), cancellation)).rejects.toEqual(new Cancelled('drain'));
  expect((await post(opened, origin)).status).toBe(200);
  expect(seen).toHaveLength(1);
});

test('a response that breaks off is a failure, and the next request gets a new connection', async () => {
  let requests = 0;
  const { origin } = await serve((_path, response) => {
    if (++requests > 1) return response.end('ok');
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  const opened = await client();
  await expect(post(opened, origin)).rejects.toThrow(/closed|terminated|aborted/);
  expect(Buffer.from((await post(opened, origin)).body).toString()).toBe('ok');
});
