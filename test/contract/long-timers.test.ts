import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Cancellation } from '../../src/component/cancellation.js';
import { sleep, systemClock } from '../../src/component/clock.js';
import { emptyContext } from '../../src/component/consumer.js';
import { definition as file } from '../../src/exporters/file/index.js';
import { definition as loadBalancing } from '../../src/exporters/load_balancing/index.js';
import { definition as otlpGrpc } from '../../src/exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../../src/exporters/otlp_http/index.js';
import { definition as batch } from '../../src/processors/batch/index.js';
import { definition as otlp } from '../../src/receivers/otlp/index.js';
import { heldWorld, spans, total, type HeldWorld } from '../support/held-world.js';
import { hostWith } from '../support/host.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts } from '../support/program.js';
import { block, frame, RawClient } from '../support/raw-http2.js';

// Node lets a timer of more than 24.8 days fire after a millisecond. Each of these is longer, on the clock of the
// system.

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function realWorld(): ReturnType<typeof heldWorld> {
  const world = heldWorld();
  return { ...world, context: { ...world.context, clock: systemClock } };
}

/** Resolves after a timer of one millisecond has come several times. */
async function someTimers(): Promise<void> {
  // real time: the timers of Node are what is tested.
  for (let i = 0; i < 20; i++) await sleep(systemClock, 1);
}

const now = new AbortController().signal;
const off = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };

test('grpc-timeout: 99999999S leaves a call its time', async () => {
  const [port = 0] = await freePorts(1);
  const { context } = realWorld();
  const config = otlp.config.parse({ protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } });
  const receiver = await otlp.create(config, context, { consume: () => Promise.resolve() });
  await receiver.start?.(hostWith());
  stops.push(() => receiver.shutdown?.(AbortSignal.abort()));
  const client = new RawClient(port).open();
  stops.push(() => client.socket.destroy());
  const service = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const fields = [':method', 'POST', ':scheme', 'http', ':path', service, ':authority', 'a'];
  client.send(
    frame(
      1,
      4,
      1,
      block([...fields, 'content-type', 'application/grpc', 'te', 'trailers', 'grpc-timeout', '99999999S']),
    ),
  );
  await client.settled();
  await someTimers();
  await client.settled();
  expect(client.seen.some((one) => one.stream === 1)).toBe(false);
  const body = encodeSpans([{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }]);
  client.send(frame(0, 1, 1, Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body])));
  // A message, which only a success has.
  expect(await client.find((one) => one.type === 0 && one.stream === 1)).toBeDefined();
});

test('a DNS resolver with `interval: 1000h` asks once', async () => {
  const world = realWorld();
  const config = loadBalancing.config.parse({
    resolver: { dns: { hostname: 'localhost', interval: '1000h' } },
    protocol: { otlp: { tls: { insecure: true } } },
  });
  const exporter = await loadBalancing.create(config, world.context);
  await exporter.start?.(hostWith());
  stops.push(() => exporter.shutdown?.(AbortSignal.abort()));
  const asked = (): number | undefined => world.metrics['otelcol_loadbalancer_num_resolutions'];
  await expect.poll(asked).toBe(1);
  await someTimers();
  expect(asked()).toBe(1);
});

test('a gRPC exporter with `timeout: 1000h` waits for its backend', async () => {
  const silent = http2.createServer();
  silent.on('sessionError', () => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const endpoint = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { context } = realWorld();
  const config = otlpGrpc.config.parse({ endpoint, tls: { insecure: true }, timeout: '1000h', ...off });
  const exporter = await otlpGrpc.create(config, context);
  await exporter.start?.(hostWith());
  const sender = new Cancellation();
  let failure: unknown;
  const sent = exporter.consume(spans('a'), { ...emptyContext, signal: sender }).catch((error: unknown) => {
    failure = error;
  });
  await once(silent, 'stream');
  await someTimers();
  expect(failure).toBeUndefined();
  sender.abort('sender');
  await sent;
  expect(failure).toMatchObject({ status: { code: 1 } });
  await exporter.shutdown?.(AbortSignal.abort());
  silent.close();
});

/** An exporter, with a queue and retries without end, to a backend that says to come back in 30 days. */
async function comingBack(world: HeldWorld): Promise<{ attempts: number }> {
  const seen = { attempts: 0 };
  const backend = http.createServer((request, response) => {
    seen.attempts++;
    request.resume();
    response.writeHead(503, { 'retry-after': '2592000' }).end();
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const endpoint = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const retry = { retry_on_failure: { max_elapsed_time: 0 } };
  const exporter = await otlpHttp.create(otlpHttp.config.parse({ endpoint, ...retry }), world.context);
  await exporter.start?.(hostWith());
  stops.push(async () => {
    await exporter.shutdown?.(AbortSignal.abort());
    backend.closeAllConnections();
    backend.close();
  });
  await exporter.consume(spans('a', 'b'), emptyContext);
  await expect.poll(() => seen.attempts).toBe(1);
  // No time may pass before the answer was read.
  await expect.poll(() => world.lines.some(({ message }) => message.includes('Will retry'))).toBe(true);
  return seen;
}

test('a backend that says to come back in a month is asked once, on the clock of the system', async () => {
  const world = realWorld();
  const seen = await comingBack(world);
  await someTimers();
  expect(seen.attempts).toBe(1);
  expect(total(world.books.heldItems)).toBe(2);
});

test('a backend that says to come back in a month is asked again after a month, and not before', async () => {
  const world = heldWorld();
  const seen = await comingBack(world);
  const day = 86_400_000;
  await world.clock.pass(day);
  expect(seen.attempts).toBe(1);
  await world.clock.pass(29 * day - 1000);
  expect(seen.attempts).toBe(1);
  // The wait began when the answer was read.
  await expect.poll(() => world.clock.pass(1000).then(() => seen.attempts)).toBe(2);
});

test('a batch with `timeout: 1000h` waits for more', async () => {
  const { context } = realWorld();
  let batches = 0;
  const next = { consume: () => Promise.resolve(void batches++) };
  const processor = await batch.create(batch.config.parse({ timeout: '1000h' }), context, next);
  await processor.consume(spans('a'), emptyContext);
  await someTimers();
  expect(batches).toBe(0);
  await processor.shutdown?.(now);
  expect(batches).toBe(1);
});

test('a file with `flush_interval: 1000h` is not written before', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-long-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const name = path.join(folder, 'a.json');
  const exporter = await file.create(file.config.parse({ path: name, flush_interval: '1000h' }), realWorld().context);
  await exporter.start?.(hostWith());
  await exporter.consume(spans('a'), emptyContext);
  await someTimers();
  expect(fs.readFileSync(name, 'utf8')).toBe('');
  await exporter.shutdown?.(now);
  expect(fs.readFileSync(name, 'utf8')).not.toBe('');
});
