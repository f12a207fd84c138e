import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { freePorts } from '../../../test/support/program.js';
import { definition as otlp } from '../../receivers/otlp/index.js';
import { definition } from './index.js';
import { createMemoryLimiter } from './memory-limiter.js';

const mib = 2 ** 20;
const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);

test('requests are refused on both protocols while memory is short, with the time to come back', async () => {
  const { context, clock } = heldWorld();
  let used = 10 * mib;
  const limiter = createMemoryLimiter(
    definition.config.parse({ check_interval: '2s', limit_mib: 100 }),
    context,
    () => ({
      used: () => used,
      collect: () => {},
    }),
  );
  const [grpcPort = 0, httpPort = 0] = await freePorts(2);
  const host = hostWith({ memory_limiter: limiter });
  const middlewares = [{ id: 'memory_limiter' }];
  const settings = {
    protocols: {
      grpc: { endpoint: `127.0.0.1:${grpcPort}`, middlewares },
      http: { endpoint: `127.0.0.1:${httpPort}`, middlewares },
    },
  };
  const receiver = await otlp.create(
    otlp.config.parse(settings),
    { ...context, signal: 'traces' },
    { consume: () => Promise.resolve() },
  );
  await limiter.start?.(host);
  await receiver.start?.(host);
  const client = new grpc.Client(`127.0.0.1:${grpcPort}`, grpc.credentials.createInsecure());
  const overGrpc = (): Promise<[number, boolean]> =>
    new Promise((resolve) => {
      const raw = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest('/opentelemetry.proto.collector.trace.v1.TraceService/Export', raw, raw, body, (error) =>
        resolve([error?.code ?? 0, (error?.metadata.get('grpc-status-details-bin').length ?? 0) > 0]),
      );
    });
  const overHttp = async (): Promise<[number, string | null, string | null]> => {
    const headers = { 'content-type': 'application/x-protobuf', connection: 'close' };
    const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/traces`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return [answer.status, answer.headers.get('retry-after'), answer.headers.get('content-type')];
  };
  try {
    expect(await overGrpc()).toEqual([0, false]);
    expect((await overHttp())[0]).toBe(200);
    used = 200 * mib;
    await clock.pass(2001);
    expect(await overGrpc()).toEqual([8, true]);
    expect(await overHttp()).toEqual([429, '2', 'text/plain; charset=utf-8']);
    used = 10 * mib;
    await clock.pass(2001);
    expect((await overHttp())[0]).toBe(200);
  } finally {
    client.close();
    await receiver.shutdown?.(new AbortController().signal);
    await limiter.shutdown?.(new AbortController().signal);
  }
});

test.each([
  ['nowhere', {}, 'failed to resolve middleware "nowhere": middleware not found'],
  ['other', { other: {} }, 'failed to resolve middleware "other": requested extension is not a server middleware'],
])('the middleware %s is refused at start', async (id, extensions, words) => {
  const [port = 0] = await freePorts(1);
  const { context } = heldWorld();
  const settings = { protocols: { grpc: { endpoint: `127.0.0.1:${port}`, middlewares: [{ id }] } } };
  const receiver = await otlp.create(
    otlp.config.parse(settings),
    { ...context, signal: 'traces' },
    { consume: () => Promise.resolve() },
  );
  await expect(receiver.start?.(hostWith(extensions))).rejects.toThrow(words);
  await receiver.shutdown?.(AbortSignal.abort());
});
