import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld, spans } from '../../../test/support/held-world.js';
import { freePorts } from '../../../test/support/program.js';
import { definition } from './index.js';

const host = hostWith();

interface Seen {
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

async function exchange(
  settings: object,
  answer: { status: number; headers?: http.OutgoingHttpHeaders },
): Promise<{ seen: Seen[]; failure: unknown }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(answer.status, answer.headers);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { context, books } = heldWorld();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = definition.config.parse({
    endpoint,
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
    ...settings,
  });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  const failure = await exporter.consume(spans('a'), emptyContext).then(
    () => undefined,
    (error: unknown) => error,
  );
  await exporter.shutdown?.(new AbortController().signal);
  server.close();
  expect(books.balance).toBe(0);
  return { seen, failure };
}

test('protobuf leaves as the very bytes, compressed as asked', async () => {
  const { seen, failure } = await exchange({ headers: { 'X-Tenant': 'a' } }, { status: 200 });
  expect(failure).toBeUndefined();
  expect(seen[0]).toMatchObject({
    url: '/v1/traces',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip', 'x-tenant': 'a' },
  });
  expect(gunzipSync(seen[0]!.body).equals(Buffer.from(spans('a').bytes))).toBe(true);
});

test('JSON is OTLP/JSON', async () => {
  const { seen } = await exchange({ encoding: 'json', compression: 'none' }, { status: 200 });
  expect(JSON.parse(seen[0]!.body.toString())).toMatchObject({
    resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'span' }] }] }],
  });
});

test('JSON has its room in the budget of all while it is sent, and another one waits for that', async () => {
  const waiting: http.ServerResponse[] = [];
  let answers = false;
  let size = 0;
  const server = http.createServer((request, response) => {
    request.on('data', (part: Buffer) => void (size += part.length));
    request.on('end', () => void (answers ? response.end() : waiting.push(response)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { context, budget, clock, books } = heldWorld({ budget: 400_000 });
  const config = definition.config.parse({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    encoding: 'json',
    compression: 'none',
    timeout: '5s',
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  const batch = spans(...Array.from({ length: 1000 }, (_, i) => String(i)));
  const send = (): Promise<unknown> =>
    exporter.consume(batch, emptyContext).then(
      () => 'sent',
      (error: unknown) => error,
    );
  const first = send();
  await expect.poll(() => waiting.length).toBe(1);
  expect(budget.used).toBeGreaterThanOrEqual(size);
  const reserved = budget.used;
  budget.tryReserve(budget.limit - reserved);
  // One goes on without room; the third waits, for as long as an attempt may take.
  const second = send();
  await expect.poll(() => waiting.length).toBe(2);
  const third = send();
  await clock.pass(4999);
  expect(waiting).toHaveLength(2);
  await clock.pass(1);
  for (const failure of [await first, await second, await third])
    expect(failure).toMatchObject({ class: 'retryable', reason: 'deadline_exceeded' });
  expect(budget.used).toBe(budget.limit - reserved);
  // The third one left when the first one ended, and may arrive only now.
  answers = true;
  expect(await send()).toBe('sent');
  expect(budget.used).toBe(budget.limit - reserved);
  expect(books.balance).toBe(0);
  await exporter.shutdown?.(AbortSignal.abort());
  server.closeAllConnections();
  server.close();
});

test('503 may pass and says when, 400 is final', async () => {
  expect((await exchange({}, { status: 503, headers: { 'retry-after': '7' } })).failure).toMatchObject({
    class: 'retryable',
    retryAfterMs: 7000,
  });
  expect((await exchange({}, { status: 400 })).failure).toMatchObject({ class: 'permanent' });
});

test.each(
  [301, 302, 303].flatMap((status) => [[status, 'http://other.invalid:4319/a'] as const, [status, '/a'] as const]),
)('%d is final and names the Location, without user and query: %s', async (status, place) => {
  const location = `${place.replace('//', '//someone:hidden-1@')}?token=hidden-2`;
  const { seen, failure } = await exchange({}, { status, headers: { location } });
  expect(failure).toMatchObject({ class: 'permanent' });
  const { message } = failure as Error;
  expect(message).toContain(`which redirects to ${place.startsWith('/') ? `http://127.0.0.1:` : `${place};`}`);
  expect(message).toContain(`${place}; set that as the endpoint if it is right`);
  expect(message).not.toMatch(/someone|hidden/);
  // One request, to the place that is configured.
  expect(seen.map(({ url }) => url)).toEqual(['/v1/traces']);
});

test.each([
  ['its timeout', 'context deadline exceeded', 'deadline_exceeded'],
  ['its sender leaving', 'context canceled', 'connection'],
])('an attempt that is ended by %s has the message of that', async (cause, message, reason) => {
  const silent = http.createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { context, clock } = heldWorld();
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const off = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  const exporter = await definition.create(definition.config.parse({ endpoint, timeout: '3s', ...off }), context);
  const sender = new Cancellation();
  try {
    await exporter.start?.(host);
    const failure = exporter.consume(spans('a'), { ...emptyContext, signal: sender }).catch((error: unknown) => error);
    await once(silent, 'request');
    if (cause === 'its timeout') await clock.pass(3000);
    else sender.abort('sender');
    const text = `failed to make an HTTP request: Post "${endpoint}/v1/traces": ${message}`;
    expect(await failure).toMatchObject({ class: 'retryable', message: text, reason });
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    silent.closeAllConnections();
    silent.close();
  }
});

test('options that only Go’s client has are taken, with one warning that says what Node does', () => {
  const warnings: unknown[] = [];
  const options = {
    endpoint: 'http://127.0.0.1:1',
    read_buffer_size: 1,
    write_buffer_size: 1,
    max_idle_conns: 7,
    max_idle_conns_per_host: 3,
    http2_read_idle_timeout: '10s',
    http2_ping_timeout: '5s',
  };
  expect(faultsInUse(definition.config, options, { warn: (...line) => void warnings.push(line) })).toEqual([]);
  expect(warnings).toEqual([
    [
      'Options that have no effect here: Node does something else instead',
      {
        options: {
          read_buffer_size: 'Node sizes the buffers of its sockets itself, and writes a request in one piece',
          write_buffer_size: 'Node sizes the buffers of its sockets itself, and writes a request in one piece',
          max_idle_conns: 'Node keeps every idle connection for `idle_conn_timeout`',
          max_idle_conns_per_host: '`max_conns_per_host` bounds all connections of a host, idle or not',
          http2_read_idle_timeout: 'Node pings an idle HTTP/2 connection every minute',
          http2_ping_timeout: 'Node pings an idle HTTP/2 connection every minute',
        },
      },
    ],
  ]);
  const harmless = { endpoint: 'http://127.0.0.1:1', read_buffer_size: 524288, max_idle_conns: 0 };
  expect(faultsInUse(definition.config, harmless, { warn: (...line) => void warnings.push(line) })).toEqual([]);
  expect(warnings).toHaveLength(1);
});

test.each([
  ['listens a moment later', 500, undefined],
  ['never listens', Infinity, 'ECONNREFUSED'],
])('the first request to a server that %s', async (_how, listensAtMs, refusal) => {
  const [port = 0] = await freePorts(1);
  const { context, clock, books } = heldWorld();
  const config = definition.config.parse({
    endpoint: `http://127.0.0.1:${port}`,
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end()));
  const started = clock.now();
  let outcome: unknown;
  void exporter.consume(spans('a'), emptyContext).then(
    () => (outcome = 'delivered'),
    (error: unknown) => (outcome = error),
  );
  const step = async (): Promise<unknown> => {
    if (clock.now() - started >= listensAtMs && !server.listening) server.listen(port, '127.0.0.1');
    await clock.pass(5);
    return outcome;
  };
  await expect.poll(step).toBeDefined();
  if (refusal === undefined) expect(outcome).toBe('delivered');
  else {
    expect(String(outcome)).toContain(refusal);
    expect(clock.now() - started).toBeGreaterThanOrEqual(1000);
  }
  await exporter.shutdown?.(new AbortController().signal);
  server.close();
  expect(books.balance).toBe(0);
});
