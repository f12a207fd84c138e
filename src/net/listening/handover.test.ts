import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { TlsOptions } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { freePorts, until } from '../../../test/support/program.js';
import { group } from '../../component/schema/schema.js';
import { HttpServer } from '../http/server.js';
import { Http2Server } from '../http2/server.js';
import { listen } from '../listen.js';
import { httpServerShape, type HttpServerConfig } from '../options/http-server.js';
import { beginHandover } from './handover.js';
import { sameTls } from './same-tls.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** A server of either kind, which answers with its name, `/held` only when it is let go. */
interface Named {
  listen(): Promise<void>;
  close(deadline: AbortSignal): Promise<void>;
  /** How many requests it holds. */
  held(): number;
  letGo(): void;
}

/** A client on one connection. */
interface Client {
  /** Resolves with the body, or with `failed`. */
  get(path: string): Promise<string>;
  /** Whether the connection has ended, or is about to. */
  ended(): boolean;
}

type Kind = readonly [name: string, server: (port: number, name: string, other: boolean) => Named, client: typeof grpc];

function grpcServer(port: number, name: string, other: boolean): Named {
  const held: (() => void)[] = [];
  const server = new Http2Server({
    tls: undefined,
    maxConcurrentStreams: other ? 7 : 0,
    onRequest(request) {
      const answer = (): void => request.respond([':status', '200'], Buffer.from(name), ['done', 'yes']);
      const path = request.headers[request.headers.indexOf(':path') + 1];
      request.receive({
        onData: () => {},
        onEnd: () => (path === '/held' ? held.push(answer) : answer()),
        onGone: () => {},
      });
    },
  });
  return {
    listen: () => server.listen({ endpoint: `127.0.0.1:${port}`, transport: 'tcp' }),
    close: (deadline) => server.close(deadline),
    held: () => held.length,
    letGo: () => held.forEach((answer) => answer()),
  };
}

function grpc(port: number): Client {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  let ended = false;
  session.on('error', () => {});
  session.on('goaway', () => (ended = true));
  session.on('close', () => (ended = true));
  stops.push(() => session.destroy());
  return {
    ended: () => ended,
    get: (path) =>
      new Promise((resolve) => {
        const stream = session.request({ ':method': 'POST', ':path': path });
        let body = '';
        stream.on('data', (data: Buffer) => (body += data.toString()));
        stream.on('error', () => {});
        stream.on('close', () => resolve(body === '' ? 'failed' : body));
        stream.end();
      }),
  };
}

const httpConfig = group<HttpServerConfig>(httpServerShape(''));

function httpServer(port: number, name: string, other: boolean): Named {
  const held: (() => void)[] = [];
  const config = httpConfig.parse({ endpoint: `127.0.0.1:${port}`, include_metadata: other });
  const server = new HttpServer(config, undefined, (request, response) => {
    const answer = (): void => void response.end(name);
    if (request.url === '/held') held.push(answer);
    else answer();
  });
  return {
    listen: () => server.listen(),
    close: (deadline) => server.close(deadline),
    held: () => held.length,
    letGo: () => held.forEach((answer) => answer()),
  };
}

function overHttp(port: number): Client {
  const agent = new http.Agent({ keepAlive: true });
  let ended = false;
  stops.push(() => agent.destroy());
  return {
    ended: () => ended,
    get: (path) =>
      new Promise((resolve) => {
        const request = http.request({ host: '127.0.0.1', port, path, agent, method: 'POST' }, (response) => {
          let body = '';
          if (response.headers.connection === 'close') ended = true;
          response.on('data', (data: Buffer) => (body += data.toString()));
          response.on('error', () => resolve('failed'));
          response.on('end', () => resolve(body));
        });
        request.on('socket', (socket) => socket.once('close', () => (ended = true)));
        request.on('error', () => resolve('failed'));
        request.end();
      }),
  };
}

const kinds: readonly Kind[] = [
  ['HTTP/2', grpcServer, grpc],
  ['HTTP/1.1', httpServer, overHttp],
];

async function started(server: Named): Promise<Named> {
  await server.listen();
  stops.push(() => server.close(AbortSignal.abort()));
  return server;
}

test.each(kinds)('%s: connections outlive a server with the same options', async (_kind, serverOf, connect) => {
  const [port = 0] = await freePorts(1);
  const before = await started(serverOf(port, 'before', false));
  const [idle, busy] = [connect(port), connect(port)];
  expect(await idle.get('/')).toBe('before');
  const held = busy.get('/held');
  expect(await busy.get('/')).toBe('before');
  // Over HTTP/1.1 it has a connection of its own.
  await until('the held request', () => before.held() === 1);

  const handover = beginHandover();
  const after = await started(serverOf(port, 'after', false));
  expect(await idle.get('/')).toBe('before');
  handover.commit();
  expect(await idle.get('/')).toBe('after');
  expect(await connect(port).get('/')).toBe('after');

  // The old server ends with its last request, which it answers itself, and takes no connection along.
  let ended = false;
  const closed = before.close(new AbortController().signal).then(() => (ended = true));
  expect(await busy.get('/')).toBe('after');
  expect(ended).toBe(false);
  before.letGo();
  expect(await held).toBe('before');
  await closed;
  expect(await idle.get('/')).toBe('after');
  expect([idle.ended(), busy.ended()]).toEqual([false, false]);

  // The connections are the new server's to close.
  const last = after.close(new AbortController().signal);
  await until('the end of both', () => idle.ended() && busy.ended());
  await last;
});

test.each(kinds)(
  '%s: at its deadline a server ends its requests, and no connection',
  async (_kind, serverOf, connect) => {
    const [port = 0] = await freePorts(1);
    const before = await started(serverOf(port, 'before', false));
    const client = connect(port);
    const other = connect(port);
    const held = client.get('/held');
    expect(await other.get('/')).toBe('before');
    await until('the held request', () => before.held() === 1);
    const handover = beginHandover();
    await started(serverOf(port, 'after', false));
    handover.commit();
    await before.close(AbortSignal.abort());
    expect(await held).toBe('failed');
    expect(await other.get('/')).toBe('after');
    expect(other.ended()).toBe(false);
  },
);

test.each(kinds)(
  '%s: with other options the port stays open, and clients are asked to leave',
  async (_kind, serverOf, connect) => {
    const [port = 0] = await freePorts(1);
    const before = await started(serverOf(port, 'before', false));
    const client = connect(port);
    expect(await client.get('/')).toBe('before');
    const handover = beginHandover();
    await started(serverOf(port, 'after', true));
    handover.commit();
    expect(await connect(port).get('/')).toBe('after');
    expect(await client.get('/')).toBe('before');
    const closed = before.close(new AbortController().signal);
    await until('the end of the connection', client.ended);
    await closed;
    expect(await connect(port).get('/')).toBe('after');
  },
);

test.each(kinds)('%s: a configuration that does not start changes nothing', async (_kind, serverOf, connect) => {
  const [port = 0] = await freePorts(1);
  await started(serverOf(port, 'before', false));
  const client = connect(port);
  expect(await client.get('/')).toBe('before');
  const handover = beginHandover();
  const after = await started(serverOf(port, 'after', false));
  await after.close(AbortSignal.abort());
  await handover.rollback();
  expect([await client.get('/'), await connect(port).get('/'), client.ended()]).toEqual(['before', 'before', false]);
});

const closing = { accept: (socket: net.Socket): void => void socket.destroy() };

test('a port that was given up for an overlapping address comes back once it is free', async () => {
  const [port = 0] = await freePorts(1);
  const clock = new HeldClock();
  const failures: string[] = [];
  let works = 0;
  const status = { failed: ({ message }: Error) => void failures.push(message), succeeded: () => void works++ };
  const old = await listen(closing, { endpoint: `127.0.0.1:${port}`, transport: 'tcp' }, status);
  stops.push(() => old.close());
  const handover = beginHandover(clock);
  const wider = await listen(closing, { endpoint: `0.0.0.0:${port}`, transport: 'tcp' });
  expect(old.address).toBeUndefined();
  wider.close();
  // Another process is faster.
  const thief = net.createServer();
  await new Promise<void>((resolve) => void thief.listen(port, '127.0.0.1', () => resolve()));
  await handover.rollback();
  expect(failures).toEqual([expect.stringContaining('EADDRINUSE')]);
  await new Promise((resolve) => thief.close(resolve));
  await clock.pass(1000);
  await until('the old port', () => old.address !== undefined);
  await until('its status', () => works === 1);
});

test('an address that the new configuration does not have is closed, and two servers cannot have one', async () => {
  const [port = 0] = await freePorts(1);
  const config = { endpoint: `127.0.0.1:${port}`, transport: 'tcp' } as const;
  const old = await listen(closing, config);
  stops.push(() => old.close());
  let handover = beginHandover();
  const first = await listen(closing, config);
  stops.push(() => first.close());
  await expect(listen(closing, config)).rejects.toThrow('bind: address already in use');
  handover.commit();
  expect(first.address).toMatchObject({ port });
  handover = beginHandover();
  handover.commit();
  expect(first.address).toBeUndefined();
});

test('certificates tell two servers apart, the functions that read them again do not', () => {
  const options = (cert: string): TlsOptions => ({ cert, SNICallback: () => {} });
  expect(sameTls(options('a'), options('a'))).toBe(true);
  expect(sameTls(options('a'), options('b'))).toBe(false);
  expect(sameTls(undefined, options('a'))).toBe(false);
  expect(sameTls(undefined, undefined)).toBe(true);
});
