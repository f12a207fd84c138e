import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../../test/support/certificates.js';
import { ScrapeTarget } from '../../../../test/support/scrape-target.js';
import { about, ofTarget, ScrapeWorld, short } from '../../../../test/support/scrape-world.js';

const file = (name: string): string => path.join(import.meta.dirname, '../../../../test/support/tls', name);

let world: ScrapeWorld | undefined;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await world?.stop();
  for (const stop of stops.splice(0)) await stop();
});

/** An HTTPS target that asks for a certificate; `names`: those that it was shown. */
async function secureTarget(names: (string | undefined)[]): Promise<string> {
  const options = { cert: pem('server-a.pem'), key: pem('server-a.key'), ca: pem('ca-a.pem'), requestCert: true };
  const server = https.createServer({ ...options, rejectUnauthorized: false }, (request, response) => {
    const socket = request.socket as TLSSocket;
    names.push(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined);
    response.end('a 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('tls_config verifies the target and shows it a certificate', async () => {
  const names: (string | undefined)[] = [];
  const address = await secureTarget(names);
  const tls = {
    ca_file: file('server-a.pem'),
    cert: pem('client-a.pem'),
    key_file: file('client-a.key'),
    server_name: 'localhost',
  };
  world = await ScrapeWorld.job(address, { scheme: 'https', tls_config: tls });
  const points = await world.pass(1, 1);
  expect(short(ofTarget(points))).toEqual(['a 1']);
  expect(points[0]?.resource['url.scheme']).toBe('https');
  expect(names).toEqual([expect.any(String)]);
  await world.stop();
  world = await ScrapeWorld.job(address, { scheme: 'https', tls_config: { ca_file: file('server-b.pem') } });
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  await world.stop();
  world = await ScrapeWorld.job(address, { scheme: 'https', tls_config: { insecure_skip_verify: true } });
  expect(about(await world.pass(1, 1))['up']).toBe(1);
  expect(names).toEqual([expect.any(String), undefined]);
});

test('a file that does not exist is a fault at the start', async () => {
  await expect(ScrapeWorld.job('127.0.0.1:1', { scheme: 'https', tls_config: { ca_file: '/none' } })).rejects.toThrow(
    '/none',
  );
  await expect(ScrapeWorld.job('127.0.0.1:1', { bearer_token_file: '/none' })).rejects.toThrow('/none');
});

test('oauth2 asks for a token, and every scrape has it', async () => {
  const tokens = await ScrapeTarget.start();
  const target = await ScrapeTarget.start('a 1\n');
  stops.push(
    () => tokens.stop(),
    () => target.stop(),
  );
  tokens.page = () => ({ body: JSON.stringify({ access_token: 't', expires_in: 3600 }), type: 'application/json' });
  world = await ScrapeWorld.job(target.address, {
    oauth2: { client_id: 'me', client_secret: 's', token_url: `http://${tokens.address}/token`, scopes: ['x'] },
  });
  await world.pass(1, 1);
  await world.pass(10_000, 2);
  expect(target.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t', 'Bearer t']);
  expect(tokens.requests).toHaveLength(1);
});

test('a scrape waits no longer for a token than for its target', async () => {
  const tokens = await ScrapeTarget.start();
  const target = await ScrapeTarget.start('a 1\n');
  stops.push(
    () => tokens.stop(),
    () => target.stop(),
  );
  tokens.page = () => ({ body: '', silent: true });
  world = await ScrapeWorld.job(target.address, {
    scrape_timeout: '2s',
    oauth2: { client_id: 'me', client_secret: 's', token_url: `http://${tokens.address}/token` },
  });
  await world.world.clock.pass(1);
  await world.until(() => tokens.requests.length === 1);
  expect(about(await world.pass(2000, 1))).toMatchObject({ up: 0, duration_seconds: 2 });
  expect(target.requests).toEqual([]);
});

test('a proxy is asked in place of the target', async () => {
  const proxy = await ScrapeTarget.start();
  stops.push(() => proxy.stop());
  const connects: (string | undefined)[] = [];
  proxy.onConnect((url) => connects.push(url));
  world = await ScrapeWorld.job('metrics.invalid:9', { proxy_url: `http://${proxy.address}` });
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  expect([...connects, ...proxy.requests.map(({ url }) => url)][0]).toContain('metrics.invalid:9');
});
