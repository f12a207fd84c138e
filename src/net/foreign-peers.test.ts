import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { emptyContext } from '../component/consumer.js';
import type { Exporter, PipelineContext } from '../component/define.js';
import { definition as otlpGrpc } from '../exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../exporters/otlp_http/index.js';
import { pem } from '../../test/support/certificates.js';
import { heldWorld, spans } from '../../test/support/held-world.js';
import { hostWith } from '../../test/support/host.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const certificate = { cert: pem('server-a.pem'), key: pem('server-a.key') };

/** Servers that a user may have named by mistake. */
const servers = {
  'HTTP/1.1': () => http.createServer((_request, response) => response.end()),
  'HTTP/1.1 over TLS': () => tls.createServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (s) => s.resume()),
  'TLS without ALPN': () => tls.createServer(certificate, (s) => s.resume()),
  'TLS with client certificates': () =>
    tls.createServer({ ...certificate, ca: pem('ca-a.pem'), requestCert: true, ALPNProtocols: ['h2'] }, (s) =>
      s.resume(),
    ),
  'HTTP/2 without TLS': () =>
    net.createServer((socket) => {
      socket.on('error', () => {});
      socket.resume().write(Buffer.from('0000000400000000000000000401000000', 'hex'));
    }),
} as const;

async function failure(
  kind: keyof typeof servers,
  exporterOf: (address: string, context: PipelineContext) => Promise<Exporter>,
): Promise<string> {
  const { clock, context } = heldWorld();
  const server = servers[kind]();
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const exporter = await exporterOf(`127.0.0.1:${(server.address() as AddressInfo).port}`, context);
  await exporter.start?.(hostWith());
  stops.push(() => exporter.shutdown?.(AbortSignal.abort()));
  let ended: string | undefined;
  const sent = Promise.resolve(exporter.consume(spans('a'), emptyContext)).then(
    () => (ended = 'delivered'),
    (error: Error) => (ended = error.message),
  );
  // A first connection is tried again for a short time. Between two steps the kernel has its turn: a handshake over its
  // sockets must not take seconds of this clock.
  await expect.poll(() => clock.pass(50).then(() => ended)).toBeDefined();
  return sent;
}

const once = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
const trusting = { insecure_skip_verify: true };

test.each([
  ['HTTP/1.1', { insecure: true }, 'the server speaks HTTP/1.1, not HTTP/2: it is no gRPC endpoint; use its port'],
  ['HTTP/1.1', trusting, 'tls: the server does not speak TLS: use `tls::insecure: true`'],
  ['HTTP/2 without TLS', trusting, 'tls: the server does not speak TLS: use `tls::insecure: true`'],
  ['HTTP/1.1 over TLS', trusting, 'the server does not speak HTTP/2 (ALPN)'],
  ['TLS without ALPN', trusting, 'the server did not agree to HTTP/2 in the TLS handshake (ALPN)'],
  ['TLS without ALPN', { insecure: true }, 'it may expect TLS'],
  ['TLS without ALPN', {}, 'name its authority in `tls::ca_file`'],
  ['TLS with client certificates', trusting, 'the server refuses the client certificate, or has got none'],
] as const)('gRPC to %s with %j says what is wrong', async (kind, options, says) => {
  const message = await failure(kind, async (endpoint, context) =>
    otlpGrpc.create(otlpGrpc.config.parse({ endpoint, tls: options, ...once }), context),
  );
  expect(message).toContain(says);
  expect(message).not.toMatch(/SSL routines|\.\.\/deps|frame of/);
});

test.each([
  ['HTTP/1.1', 'https', trusting, 'tls: the server does not speak TLS: use `tls::insecure: true`, or http:// in a URL'],
  ['HTTP/2 without TLS', 'http', {}, 'the server does not speak HTTP/1.1'],
  ['TLS without ALPN', 'https', {}, 'name its authority in `tls::ca_file`'],
  ['TLS without ALPN', 'http', {}, 'EOF: the server closed the connection before a response was complete'],
] as const)('HTTP to %s by %s with %j says what is wrong', async (kind, scheme, options, says) => {
  const message = await failure(kind, async (address, context) =>
    otlpHttp.create(otlpHttp.config.parse({ endpoint: `${scheme}://${address}`, tls: options, ...once }), context),
  );
  expect(message).toContain(says);
  expect(message).not.toMatch(/SSL routines|\.\.\/deps|frame of/);
});
