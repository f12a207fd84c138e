import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { freePorts } from '../../../test/support/program.js';
import { group } from '../../component/schema/schema.js';
import { HttpServer } from '../http/server.js';
import { Http2Server } from '../http2/server.js';
import { httpServerShape, type HttpServerConfig } from '../options/http-server.js';
import { tlsServer, type TlsServerConfig } from '../options/tls-server.js';
import { serverTls } from './server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running {
  readonly port: number;
  readonly world: HeldWorld;
  readonly folder: string;
  /** The time of a handshake where a test does not shorten it, milliseconds. */
  readonly handshakeMs: number | undefined;
  close(deadline: AbortSignal): Promise<void>;
}

type Kind = 'OTLP/HTTP' | 'gRPC';

async function serve(kind: Kind, options: object = {}, withinMs?: number): Promise<Running> {
  const [port = 0] = await freePorts(1);
  const world = heldWorld();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-tls-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  for (const [from, to] of [
    ['server-a.pem', 'cert.pem'],
    ['server-a.key', 'key.pem'],
    ['ca-a.pem', 'clients.pem'],
  ] as const)
    fs.writeFileSync(path.join(folder, to), pem(from));
  const file = (name: string): string => path.join(folder, name);
  const config = tlsServer().parse({
    cert_file: file('cert.pem'),
    key_file: file('key.pem'),
    reload_interval: '1s',
    ...('client_ca_file_reload' in options ? { client_ca_file: file('clients.pem') } : {}),
    ...options,
  }) as TlsServerConfig;
  const whole = serverTls(config, world.clock, world.context.logger);
  const { handshakeTimeout: handshakeMs } = whole.options;
  const secure =
    withinMs === undefined ? whole : { ...whole, options: { ...whole.options, handshakeTimeout: withinMs } };
  const endpoint = `127.0.0.1:${port}`;
  const server =
    kind === 'gRPC'
      ? new Http2Server({
          tls: secure,
          maxConcurrentStreams: 0,
          clock: world.clock,
          onRequest: (request) => request.respondOnly([':status', '200']),
        })
      : new HttpServer(
          group<HttpServerConfig>(httpServerShape('')).parse({ endpoint }),
          secure,
          (_request, response) => void response.end(),
          world.clock,
        );
  await (server instanceof Http2Server ? server.listen({ endpoint, transport: 'tcp' }) : server.listen());
  const close = (deadline: AbortSignal): Promise<void> => server.close(deadline);
  stops.push(() => close(AbortSignal.abort()));
  return { port, world, folder, handshakeMs, close };
}

/** The name in the server's certificate; undefined when a request is not answered. */
function handshake(port: number, servername: string | undefined, client?: 'a' | 'b'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      createConnection: () =>
        tls.connect({
          port,
          host: '127.0.0.1',
          ...(servername === undefined ? {} : { servername }),
          rejectUnauthorized: false,
          ALPNProtocols: ['h2'],
          ...(client ? { cert: pem(`client-${client}.pem`), key: pem(`client-${client}.key`) } : {}),
        }),
    });
    session.on('error', () => resolve(undefined));
    session.on('close', () => resolve(undefined));
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => resolve(undefined));
    stream.on('response', () => {
      const { subject } = (session.socket as tls.TLSSocket).getPeerCertificate();
      resolve(subject.CN as string);
      session.destroy();
    });
  });
}

const kinds: readonly Kind[] = ['OTLP/HTTP', 'gRPC'];
const names = [undefined, 'localhost'] as const;
const all = kinds.flatMap((kind) => names.map((name) => [kind, name] as const));

test.each(all)('%s: a client that asks for the name %s gets the newest certificate', async (kind, name) => {
  const { port, world, folder } = await serve(kind);
  expect(await handshake(port, name)).toBe('server-a');
  fs.writeFileSync(path.join(folder, 'cert.pem'), pem('server-b.pem'));
  await world.clock.pass(1000);
  // The certificate is there before its key: the pair before stays, and that is said once.
  expect([await handshake(port, name), await handshake(port, name)]).toEqual(['server-a', 'server-a']);
  await world.clock.pass(1000);
  expect(await handshake(port, name)).toBe('server-a');
  expect(world.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'A new certificate could not be loaded; the one before stays in use'],
  ]);
  fs.writeFileSync(path.join(folder, 'key.pem'), pem('server-b.key'));
  await world.clock.pass(1000);
  expect(await handshake(port, name)).toBe('server-b');
});

test.each(all)('%s: a client that asks for the name %s is checked by the newest authorities', async (kind, name) => {
  const { port, world, folder } = await serve(kind, { client_ca_file_reload: true });
  expect([await handshake(port, name, 'a'), await handshake(port, name, 'b')]).toEqual(['server-a', undefined]);
  fs.writeFileSync(path.join(folder, 'clients.pem'), pem('ca-b.pem'));
  await world.clock.pass(1000);
  expect([await handshake(port, name, 'a'), await handshake(port, name, 'b')]).toEqual([undefined, 'server-a']);
  fs.writeFileSync(path.join(folder, 'clients.pem'), 'nothing');
  await world.clock.pass(1000);
  expect([await handshake(port, name, 'b'), await handshake(port, name, 'b')]).toEqual(['server-a', 'server-a']);
  expect(world.lines.map(({ message }) => message)).toEqual([
    'Client authorities could not be reloaded; those before stay in use',
  ]);
});

test.each(kinds)(
  '%s: connections that never shake hands are bounded in number, and others are served',
  async (kind) => {
    // Those within the bound do not end by their time, which is one of the real clock.
    const { port } = await serve(kind, {}, 600_000);
    const silent: net.Socket[] = [];
    for (let i = 0; i < 600; i++) {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      silent.push(socket.resume());
      if (i % 50 === 0) await new Promise((resolve) => socket.once('connect', resolve));
    }
    await expect.poll(() => silent.filter((socket) => socket.closed).length).toBe(100);
    expect(await handshake(port, 'localhost')).toBe('server-a');
    for (const socket of silent) socket.destroy();
  },
);

test.each(kinds)('%s: a connection that never shakes hands does not hold up the end', async (kind) => {
  const { port, close } = await serve(kind);
  const socket = net.connect(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  expect(await handshake(port, 'localhost')).toBe('server-a');
  const never = new AbortController();
  await close(never.signal);
});

test.each(kinds)('%s: a connection that never completes its handshake is ended in time', async (kind) => {
  // Node measures the time of a handshake by its own clock.
  const { port, handshakeMs } = await serve(kind, {}, 500);
  const silent = net.connect(port, '127.0.0.1').resume();
  const greeting = net.connect(port, '127.0.0.1').resume();
  const closed = [silent, greeting].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of [silent, greeting]) socket.on('error', () => {});
  // The beginning of a greeting of 512 bytes.
  greeting.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
  await Promise.all(closed);
  // On a busy machine a good handshake, too, may take longer than this.
  await expect.poll(() => handshake(port, 'localhost')).toBe('server-a');
  expect(handshakeMs).toBe(10_000);
});
