import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HeldClock } from '../../test/support/held-world.js';
import { maxLoadMs, maxRetrievalMs } from './bounds.js';
import { loadAside } from './load-aside.js';
import { Retrieval } from './providers.js';

const request = { uris: [], sets: [], gates: [] };

/** A thread in place of the one that loads: `source` is its program. */
const threadOf = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);
const busy = threadOf('for (;;);');
const never = new AbortController().signal;

/** The error of a load; undefined while there is none. */
function failureOf(load: Promise<unknown>): { error?: unknown } {
  const seen: { error?: unknown } = {};
  load.catch((error: unknown) => (seen.error = error));
  return seen;
}

test('a load that does not end is ended after its time', async () => {
  const clock = new HeldClock();
  const seen = failureOf(loadAside(request, never, { clock, thread: busy }));
  await clock.pass(maxLoadMs - 1);
  expect(seen.error).toBeUndefined();
  await clock.pass(1);
  await expect.poll(() => seen.error).toEqual(new Error('loading the configuration took longer than 60 s'));
});

test('a load that is given up ends at once', async () => {
  const given = new AbortController();
  const seen = failureOf(loadAside(request, given.signal, { clock: new HeldClock(), thread: busy }));
  given.abort();
  await expect.poll(() => seen.error).toMatchObject({ name: 'AbortError' });
});

test('a load that takes too much memory is ended, and nothing else', async () => {
  const greedy = threadOf('const all = []; for (;;) all.push(Array.from({ length: 10000 }, () => ({})));');
  const load = loadAside(request, never, { clock: new HeldClock(), heapMib: 16, thread: greedy });
  await expect(load).rejects.toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
});

test('a source that does not answer is given up after the time of all sources', async () => {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clock = new HeldClock();
  const retrieval = new Retrieval({ env: {}, fetch }, undefined, clock);
  const opaque = `//127.0.0.1:${(server.address() as AddressInfo).port}/config`;
  const seen = failureOf(retrieval.retrieve({ scheme: 'http', opaque }, 'the source'));
  await once(server, 'request');
  await clock.pass(maxRetrievalMs - 1);
  expect(seen.error).toBeUndefined();
  await clock.pass(1);
  await expect.poll(() => String(seen.error)).toContain('aborted due to timeout');
  server.closeAllConnections();
  server.close();
});
