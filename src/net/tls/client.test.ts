import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import type { Exporter } from '../../component/define.js';
import { definition as otlpGrpc } from '../../exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../../exporters/otlp_http/index.js';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld, spans, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kanmon-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => path.join(folder, name);
const reloadMs = 60_000;

type Letter = 'a' | 'b';

const exporters: Readonly<Record<string, (port: number, world: HeldWorld) => Promise<Exporter>>> = {
  otlp_grpc: async (port, { context }) =>
    otlpGrpc.create(otlpGrpc.config.parse({ endpoint: `127.0.0.1:${port}`, ...options }), context),
  otlp_http: async (port, { context }) =>
    otlpHttp.create(otlpHttp.config.parse({ endpoint: `https://127.0.0.1:${port}`, ...options }), context),
  'otlp_http over HTTP/1.1': async (port, { context }) => {
    const endpoint = `https://127.0.0.1:${port}`;
    return otlpHttp.create(otlpHttp.config.parse({ endpoint, force_attempt_http2: false, ...options }), context);
  },
};

const options = {
  tls: { ca_file: file('ca'), cert_file: file('cert'), key_file: file('key'), reload_interval: '1m' },
  sending_queue: { enabled: false },
  retry_on_failure: { enabled: false },
};

function put(...files: readonly (readonly [name: string, from: string])[]): void {
  for (const [name, from] of files) writeFileSync(file(name), pem(from));
}

/** A backend that lets in clients of one authority, and says which client it was. */
async function backend(): Promise<{
  port: number;
  clients: unknown[];
  change(to: Letter): void;
  close(): void;
}> {
  const clients: unknown[] = [];
  const sockets = new Set<TLSSocket>();
  const secure = (letter: Letter): object => ({
    cert: pem(`server-${letter}.pem`),
    key: pem(`server-${letter}.key`),
    ca: pem(`ca-${letter}.pem`),
  });
  const server = http2.createSecureServer(
    { ...secure('a'), requestCert: true, rejectUnauthorized: true, allowHTTP1: true },
    (request, response) => {
      clients.push((request.socket as TLSSocket).getPeerCertificate().subject.CN);
      request.resume().on('end', () => {
        if (request.headers['content-type'] !== 'application/grpc') return void response.end();
        response.setHeader('content-type', 'application/grpc');
        response.addTrailers({ 'grpc-status': '0' });
        response.end(Buffer.alloc(5));
      });
    },
  );
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('session', (session) => session.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    change(to) {
      server.setSecureContext(secure(to));
      cut();
    },
    close() {
      cut();
      server.close();
    },
  };
}

test.each(Object.keys(exporters))('%s takes a new certificate and new authorities without a restart', async (name) => {
  put(['ca', 'server-a.pem'], ['cert', 'client-a.pem'], ['key', 'client-a.key']);
  const { port, clients, change, close } = await backend();
  const world = heldWorld();
  const exporter = await (exporters[name] as (typeof exporters)[string])(port, world);
  await exporter.start?.(hostWith());
  const send = (): Promise<unknown> => Promise.resolve(exporter.consume(spans('a'), emptyContext)).catch(String);
  const sent = async (): Promise<boolean> => (await send()) === undefined;
  try {
    // The server may be tried before its first connection stands.
    while (!(await sent())) await world.clock.pass(reloadMs);
    change('b');
    for (let i = 0; i < 3; i++) {
      expect(await sent()).toBe(false);
      await world.clock.pass(reloadMs / 10);
    }
    // The certificate comes before its key, and of the authorities only a half: what was there stays in use.
    put(['cert', 'client-b.pem']);
    writeFileSync(file('ca'), pem('server-b.pem').slice(0, 200));
    await world.clock.pass(reloadMs);
    for (let i = 0; i < 3; i++) {
      expect(await sent()).toBe(false);
      await world.clock.pass(reloadMs);
    }
    expect(world.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
    put(['ca', 'server-b.pem'], ['key', 'client-b.key']);
    await world.clock.pass(reloadMs);
    while (!(await sent())) await world.clock.pass(reloadMs);
    expect(new Set(clients)).toEqual(new Set(['client a', 'client b']));
    expect(clients.at(-1)).toBe('client b');
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    close();
  }
});
