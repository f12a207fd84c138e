import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { freePorts } from '../../../test/support/program.js';
import { definition } from './index.js';

const host = hostWith();

async function started(settings: object): Promise<{
  ask: (path: string, method?: string) => Promise<[number, string, string | null]>;
  url: (where: string) => string;
  extension: Awaited<ReturnType<typeof definition.create>>;
  pass: (ms: number) => Promise<void>;
}> {
  const [port = 0] = await freePorts(1);
  const { context, clock } = heldWorld();
  const extension = await definition.create(
    definition.config.parse({ endpoint: `127.0.0.1:${port}`, ...settings }),
    context,
  );
  await extension.start?.(host);
  return {
    extension,
    pass: (ms) => clock.pass(ms),
    url: (where) => `http://127.0.0.1:${port}${where}`,
    async ask(where, method = 'GET') {
      const answer = await fetch(`http://127.0.0.1:${port}${where}`, { method, headers: { connection: 'close' } });
      return [answer.status, await answer.text(), answer.headers.get('content-type')];
    },
  };
}

/** Status and location for a request line as it is given. */
function raw(url: string, target: string): Promise<[number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { path: target, agent: false }, (response) => {
      response.resume();
      resolve([response.statusCode, response.headers.location]);
    });
    request.on('error', reject);
  });
}

test('503 until every pipeline runs, 200 while they do, 503 again when they begin to stop', async () => {
  const { ask, extension, pass } = await started({});
  const off = [
    503,
    '{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}',
    'application/json',
  ];
  expect(await ask('/')).toEqual(off);
  extension.ready?.();
  await pass(62_300);
  const [status, body] = await ask('/any/path?x=1', 'POST');
  expect([status, JSON.parse(body)]).toEqual([
    200,
    { status: 'Server available', upSince: expect.stringMatching(/Z$/), uptime: '1m2.3s' },
  ]);
  extension.notReady?.();
  expect(await ask('/')).toEqual(off);
  await extension.shutdown?.(new AbortController().signal);
  await expect(ask('/')).rejects.toThrow();
});

test('a path answers exactly there, one that ends in a slash everywhere below, and bodies can be fixed', async () => {
  const one = await started({ path: '/health', response_body: { healthy: 'fine' } });
  expect((await one.ask('/health/'))[0]).toBe(404);
  expect(await one.ask('/health')).toEqual([503, '', null]);
  one.extension.ready?.();
  expect(await one.ask('/health')).toEqual([200, 'fine', 'text/plain; charset=utf-8']);
  const answer = await fetch(one.url('//health?x=1'), { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([307, '/health?x=1']);
  // As a proxy sends it, and as `fetch` would not.
  expect(await raw(one.url('/'), 'http://other.test/health')).toEqual([200, undefined]);
  expect(await raw(one.url('/'), '/x/../\\evil.test')).toEqual([307, '/%5Cevil.test']);
  await one.extension.shutdown?.(new AbortController().signal);
  const below = await started({ path: '/health/' });
  expect((await below.ask('/health/deep'))[0]).toBe(503);
  expect((await below.ask('/'))[0]).toBe(404);
  await below.extension.shutdown?.(new AbortController().signal);
});

test('it also answers on a socket with a path', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-health-'));
  const socket = path.join(folder, 'health.sock');
  const { context } = heldWorld();
  const extension = await definition.create(definition.config.parse({ endpoint: socket, transport: 'unix' }), context);
  await extension.start?.(host);
  const status = await new Promise((resolve, reject) =>
    http.get({ socketPath: socket, path: '/' }, (answer) => resolve(answer.resume().statusCode)).on('error', reject),
  );
  expect(status).toBe(503);
  await extension.shutdown?.(new AbortController().signal);
  await rm(folder, { recursive: true });
});

test.each([
  [{ path: 'health' }, 'path must start with /'],
  [{ check_collector_pipeline: { enabled: true } }, 'not supported'],
  [{ pathh: '/' }, 'pathh'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});
