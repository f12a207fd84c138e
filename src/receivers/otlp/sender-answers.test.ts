import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { makeClient } from '../../../test/support/backend.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { freePorts } from '../../../test/support/program.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running {
  readonly grpc: number;
  readonly url: string;
  readonly world: HeldWorld;
  readonly items: number[];
  readonly bodies: Buffer[];
}

async function run(
  http: object = {},
  lock?: ServerAuthenticator,
  signals: readonly Signal[] = ['traces', 'logs'],
): Promise<Running> {
  const [grpc = 0, port = 0] = await freePorts(2);
  const world = heldWorld();
  const items: number[] = [];
  const bodies: Buffer[] = [];
  const auth = lock ? { auth: { authenticator: 'lock' } } : {};
  const config = definition.config.parse({
    protocols: {
      grpc: { endpoint: `127.0.0.1:${grpc}`, ...auth },
      http: { endpoint: `127.0.0.1:${port}`, ...auth, ...http },
    },
  });
  const next = {
    consume(batch: Batch): Promise<void> {
      items.push(batch.itemCount);
      bodies.push(Buffer.from(batch.bytes));
      return Promise.resolve();
    },
  };
  for (const signal of signals) {
    const receiver = await definition.create(config, { ...world.context, signal }, next);
    if (signal === signals.at(-1)) {
      await receiver.start?.(hostWith(lock ? { lock: { offers: { server_auth: lock } } } : {}));
      stops.push(() => receiver.shutdown?.(new AbortController().signal));
    }
  }
  return { grpc, url: `http://127.0.0.1:${port}`, world, items, bodies };
}

const span = encodeSpans([{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }]);
const asJson = { 'content-type': 'application/json' };
const asProtobuf = { 'content-type': 'application/x-protobuf' };

function post(url: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: body as never, headers });
}

const faults = ({ world }: Running): number => world.metrics['kanmon_receiver_sender_faults'] ?? 0;
const warnings = ({ world }: Running): unknown[] =>
  world.lines.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, fields?.['error']]);

test.each([
  ['/v1/traces', '{"foo":[1]}', 'the request has no spans: "foo" is no field of OTLP'],
  [
    '/v1/traces',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}',
    '"resourceLogs" is not read here: logs have a path of their own, /v1/logs unless configured',
  ],
  [
    '/v1/traces',
    '{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{}]}]}]}',
    '"resourceSpans[0].instrumentationLibrarySpans" is not read: it is the name that OTLP had before version 0.15; ' +
      '"scope..." is the name now',
  ],
])('JSON at %s whose data is not read, %s, is accepted and says so', async (path, body, errorMessage) => {
  const running = await run();
  const answer = await post(running.url + path, body, asJson);
  expect([answer.status, await answer.json()]).toEqual([200, { partialSuccess: { errorMessage } }]);
  for (let i = 0; i < 3; i++) await post(running.url + path, body, asJson);
  expect([running.items, faults(running), warnings(running)]).toEqual([
    [],
    4,
    [['A request holds data that is not read', errorMessage]],
  ]);
  await running.world.clock.pass(60_000);
  await post(running.url + path, gzipSync(body), { ...asJson, 'content-encoding': 'gzip' });
  expect(running.world.lines.at(-1)?.fields).toMatchObject({ error: errorMessage, unlogged: 3 });
});

test('items beside data that is not read arrive', async () => {
  const running = await run();
  const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}],"resourceLogs":[{}]}';
  const answer = await post(`${running.url}/v1/traces`, body, asJson);
  expect(await answer.json()).toMatchObject({
    partialSuccess: { errorMessage: expect.stringContaining('resourceLogs') },
  });
  expect(running.items).toEqual([1]);
});

test.each([
  ['x-gzip', gzipSync(span)],
  ['GZIP', gzipSync(span)],
  ['X-Gzip', gzipSync(span)],
  ['identity', span],
  ['Identity', span],
])('the encoding %s is known', async (encoding, body) => {
  const running = await run();
  const answer = await post(`${running.url}/v1/traces`, body, { ...asProtobuf, 'content-encoding': encoding });
  expect([answer.status, running.items]).toEqual([200, [1]]);
});

test('an encoding that is not known, or not allowed by any name, is refused by the name that came', async () => {
  const running = await run({ compression_algorithms: ['gzip'] });
  const answer = async (encoding: string): Promise<unknown> => {
    const response = await post(`${running.url}/v1/traces`, '{}', { ...asJson, 'content-encoding': encoding });
    return [response.status, ((await response.json()) as { message: string }).message];
  };
  expect(await answer('Zstd')).toEqual([400, 'unsupported Content-Encoding: Zstd']);
  expect(await answer('identity')).toEqual([400, 'unsupported Content-Encoding: identity']);
  expect(warnings(running)).toEqual([
    ['A request has an encoding that is not known or that is broken', 'unsupported Content-Encoding: Zstd'],
  ]);
});

test.each([
  ['/v1/trace', 'traces are received at /v1/traces'],
  ['/v1/traces/', 'traces are received at /v1/traces'],
  ['/v1/Traces', 'traces are received at /v1/traces'],
  ['/v1/traces/v1/traces', 'traces are received at /v1/traces'],
  ['/log', 'logs are received at /in/logs'],
  ['/v1/metrics', 'no pipeline of metrics has this receiver'],
  ['/', 'served here: /v1/traces, /in/logs'],
])('the path %s is answered with a hint', async (path, hint) => {
  const running = await run({ logs_url_path: 'in/logs' });
  const plain = await post(running.url + path, span, asProtobuf);
  expect([plain.status, await plain.text()]).toEqual([404, `404 page not found\n${hint}\n`]);
  const json = await post(running.url + path, '{}', asJson);
  expect([json.status, await json.json()]).toEqual([404, { code: 12, message: `404 page not found: ${hint}` }]);
  expect(warnings(running)).toEqual([
    ['A request is for a path, service or method that is not served', `POST ${path}: 404 page not found: ${hint}`],
  ]);
});

test('errors for a sender of JSON are JSON', async () => {
  const { url } = await run();
  const wrongMethod = await fetch(`${url}/v1/traces`, { method: 'PUT', body: '{}', headers: asJson });
  expect([wrongMethod.status, wrongMethod.headers.get('allow'), await wrongMethod.json()]).toEqual([
    405,
    'POST',
    { code: 2, message: '405 method not allowed, supported: [POST]' },
  ]);
  const odd = await post(`${url}/v1/traces`, '{}', { 'content-type': 'application/json;;' });
  expect([odd.status, odd.headers.get('content-type'), await odd.json()]).toEqual([
    415,
    'application/json',
    { code: 2, message: '415 unsupported media type, supported: [application/json, application/x-protobuf]' },
  ]);
  const browser = await fetch(`${url}/v1/traces`);
  expect([browser.status, browser.headers.get('allow'), await browser.text()]).toEqual([
    405,
    'POST',
    '405 method not allowed, supported: [POST]',
  ]);
});

test('senders without the right token are counted and logged, over HTTP and gRPC', async () => {
  const running = await run({}, { authenticate: () => Promise.reject(new Error('no such token')) });
  const client = makeClient(running.grpc);
  for (let i = 0; i < 3; i++)
    expect([(await post(`${running.url}/v1/traces`, '{}', asJson)).status, await client.send(span)]).toEqual([401, 16]);
  client.close();
  expect(faults(running)).toBe(6);
  expect(warnings(running)).toEqual(
    Array.from({ length: 2 }, () => ['A client was not authenticated', 'no such token']),
  );
});

test('a value that is no number costs one attribute', async () => {
  const running = await run();
  const body =
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"load","value":{"doubleValue":null}}]},{}]}]}]}';
  expect((await post(`${running.url}/v1/traces`, body, asJson)).status).toBe(200);
  expect(running.items).toEqual([2]);
});

test('text that is not UTF-8 keeps its bytes, and costs no other item', async () => {
  const running = await run();
  const text = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"good"},{"name":"h@ost"}]}]}]}';
  const broken = Buffer.from(jsonToProto('traces', Buffer.from(text)));
  broken[broken.indexOf('h@ost') + 1] = 0xff;
  expect((await post(`${running.url}/v1/traces`, broken, asProtobuf)).status).toBe(200);
  const client = makeClient(running.grpc);
  expect(await client.send(broken)).toBe(0);
  client.close();
  const json = text.replace('@', '\xff');
  expect((await post(`${running.url}/v1/traces`, Buffer.from(json, 'latin1'), asJson)).status).toBe(200);
  expect(running.items).toEqual([2, 2, 2]);
  for (const bytes of running.bodies) {
    expect(bytes.includes(Buffer.from('h\xffost', 'latin1'))).toBe(true);
    expect(jsonText('traces', bytes)).toContain('"name":"h\ufffdost"');
  }
});
