import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { RequestContext } from '../../component/consumer.js';
import type { Receiver } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { Batch } from '../../otlp/batch.js';
import { hostWith } from '../../../test/support/host.js';
import { makeClient } from '../../../test/support/backend.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { freePorts } from '../../../test/support/program.js';
import { definition } from './index.js';

const stops: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Running {
  readonly grpc: number;
  readonly http: number;
  readonly seen: { readonly batch: Batch; readonly context: RequestContext }[];
  /** The pipeline's next answers. */
  refuse: DeliveryError | undefined;
  readonly metrics: Record<string, number>;
  readonly used: () => number;
}

async function run(http: object = {}, budget = 1 << 30, lock?: ServerAuthenticator): Promise<Running> {
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const world = heldWorld({ budget });
  const running: Running = {
    grpc: grpcPort,
    http: httpPort,
    seen: [],
    refuse: undefined,
    metrics: world.metrics,
    used: () => world.budget.used,
  };
  const next = {
    consume(batch: Batch, context: RequestContext): Promise<void> {
      if (running.refuse) return Promise.reject(running.refuse);
      running.seen.push({ batch, context });
      return Promise.resolve();
    },
  };
  const auth = lock ? { auth: { authenticator: 'lock' } } : {};
  const config = definition.config.parse({
    protocols: {
      grpc: { endpoint: `127.0.0.1:${grpcPort}`, ...auth },
      http: { endpoint: `127.0.0.1:${httpPort}`, ...auth, ...http },
    },
  });
  const receiver: Receiver = await definition.create(config, world.context, next);
  await receiver.start?.(hostWith(lock ? { lock: { offers: { server_auth: lock } } } : {}));
  stops.push(() => Promise.resolve(receiver.shutdown?.(new AbortController().signal)));
  return running;
}

const body = encodeSpans([{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }]);

function post({ http }: Running, content: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${http}/v1/traces`, { method: 'POST', body: content as never, headers });
}

test('gRPC, protobuf and JSON bring the same span, and what came is passed on as the very bytes', async () => {
  const running = await run();
  const client = makeClient(running.grpc);
  expect(await client.send(body)).toBe(0);
  client.close();
  const proto = await post(running, gzipSync(body), {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'gzip',
  });
  expect([proto.status, Buffer.from(await proto.arrayBuffer()).toString('hex')]).toEqual([200, '0a00']);
  const json = await post(running, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"051581bf3cb55c13"}]}]}]}', {
    'content-type': 'application/json; charset=utf-8',
  });
  expect([json.status, await json.text()]).toEqual([200, '{"partialSuccess":{}}']);
  expect(running.seen.map(({ batch }) => batch.itemCount)).toEqual([1, 1, 1]);
  expect(running.seen.slice(0, 2).every(({ batch }) => body.equals(batch.bytes))).toBe(true);
  expect(running.metrics['otelcol_receiver_accepted_spans']).toBe(3);
  expect(running.used()).toBe(0);
});

test('a refusal of our own says when to come back, one of a backend passes as it is', async () => {
  const running = await run();
  running.refuse = new DeliveryError('sending queue is full', {
    class: 'retryable',
    reason: 'queue_full',
    local: true,
  });
  const full = await post(running, body, { 'content-type': 'application/x-protobuf' });
  expect([full.status, full.headers.get('retry-after')]).toEqual([503, '1']);
  running.refuse = new DeliveryError('no', {
    class: 'permanent',
    reason: 'backend_refused',
    status: { code: 7, message: 'denied', details: [] },
  });
  const denied = await post(running, '{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', {
    'content-type': 'application/json',
  });
  expect([denied.status, await denied.json()]).toEqual([403, { code: 7, message: 'no' }]);
  expect(running.metrics['otelcol_receiver_refused_spans']).toBe(2);
});

test('a body is stopped at the limit, on the wire and while it inflates', async () => {
  const running = await run({ max_request_body_size: 1000 });
  for (const [content, encoding] of [
    [Buffer.alloc(2000), undefined],
    [gzipSync(Buffer.alloc(50 << 20)).subarray(0), 'gzip'],
  ] as const) {
    const answer = await post(running, content, {
      'content-type': 'application/x-protobuf',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    }).catch((error: Error) => error);
    if (answer instanceof Response)
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('request body too large')]);
  }
  expect(running.seen).toEqual([]);
  expect(running.used()).toBe(0);
});

test('without memory for a body the sender is asked to come back', async () => {
  const running = await run({}, 10);
  const answer = await post(running, body, { 'content-type': 'application/x-protobuf' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  const client = makeClient(running.grpc);
  expect(await client.send(body)).toBe(14);
  client.close();
});

test('the metadata of a gRPC call can be asked for, also when it is not included for clients', async () => {
  const running = await run();
  const client = makeClient(running.grpc);
  expect(await client.send(body, { 'X-Tenant': 'acme' })).toBe(0);
  client.close();
  await post(running, body, { 'content-type': 'application/x-protobuf', 'x-tenant': 'acme' });
  const [overGrpc, overHttp] = running.seen.map(({ context }) => context);
  expect([overGrpc?.metadata.size, overHttp?.metadata.size]).toEqual([0, 0]);
  expect(overGrpc?.grpcMetadata?.().get('x-tenant')).toEqual(['acme']);
  expect(overHttp?.grpcMetadata).toBeUndefined();
});

test('an authenticator learns the address of a sender, and that it cannot say now is no refusal for good', async () => {
  const peers: string[] = [];
  let refusal: Error = new Error('who?');
  const running = await run({}, 1 << 30, {
    authenticate(_headers, peer) {
      peers.push(peer);
      return Promise.reject(refusal);
    },
  });
  const client = makeClient(running.grpc);
  const overHttp = (): Promise<Response> => post(running, body, { 'content-type': 'application/x-protobuf' });
  expect([(await overHttp()).status, await client.send(body)]).toEqual([401, 16]);
  refusal = new DeliveryError('wait', { class: 'retryable', reason: 'busy', local: true });
  const later = await overHttp();
  expect([later.status, later.headers.get('retry-after'), await client.send(body)]).toEqual([503, '1', 14]);
  client.close();
  expect(peers).toHaveLength(4);
  for (const peer of peers) expect(peer).toMatch(/^127\.0\.0\.1:\d+$/);
});

test('a sender that declares a large message and sends little of it reserves little', async () => {
  const running = await run({}, 1 << 20);
  const session = http2.connect(`http://127.0.0.1:${running.grpc}`);
  session.on('error', () => {});
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const declared = Buffer.from([0, 0, 0x3f, 0, 0, 1]);
  for (let i = 0; i < 10; i++) {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    stream.write(declared);
  }
  await expect.poll(() => running.used()).toBe(10 * 4096);
  const client = makeClient(running.grpc);
  expect(await client.send(body)).toBe(0);
  client.close();
  session.destroy();
  await expect.poll(() => running.used()).toBe(0);
});

test('a port that is taken is named', async () => {
  const running = await run();
  const { context } = heldWorld();
  const second = await definition.create(
    definition.config.parse({ protocols: { http: { endpoint: `127.0.0.1:${running.http}` } } }),
    context,
    { consume: () => Promise.resolve() },
  );
  await expect(Promise.resolve(second.start?.(hostWith()))).rejects.toThrow(
    `listen tcp 127.0.0.1:${running.http}: bind: address already in use`,
  );
});
