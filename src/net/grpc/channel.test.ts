import http2 from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { freePorts } from '../../../test/support/program.js';
import { Channel, NoConnection } from './channel.js';
import { parseTarget } from './target.js';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server that answers each call with 200; `connections` counts. */
async function listen(port: number): Promise<{ connections: number }> {
  const seen = { connections: 0 };
  const server = http2.createServer();
  server.on('session', (session) => {
    seen.connections++;
    stops.push(() => session.destroy());
  });
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 });
    stream.end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  stops.push(() => server.close());
  return seen;
}

function channelTo(port: number, clock: HeldClock): Channel {
  const channel = new Channel({
    target: parseTarget(`127.0.0.1:${port}`),
    authority: '',
    tls: undefined,
    roundRobin: true,
    waitForReady: false,
    keepalive: undefined,
    clock,
    random: () => 0.5,
  });
  stops.push(() => channel.destroy());
  channel.start();
  return channel;
}

/** Sends, and lets time pass until there is an outcome: a status, or the error. */
async function outcomeOf(channel: Channel, clock: HeldClock): Promise<{ outcome: unknown; ms: number }> {
  const began = clock.now();
  let outcome: unknown;
  void channel.request([':path', '/x'], [], undefined).then(
    ({ status }) => (outcome = status),
    (error: unknown) => (outcome = error),
  );
  // Between two steps the sockets have their turn.
  const step = async (): Promise<unknown> => clock.pass(5).then(() => outcome);
  await expect.poll(step).toBeDefined();
  return { outcome, ms: clock.now() - began };
}

test('a start dials nothing; the first request does', async () => {
  const [port = 0] = await freePorts(1);
  const seen = await listen(port);
  const clock = new HeldClock();
  const channel = channelTo(port, clock);
  await clock.pass(1000);
  expect(seen.connections).toBe(0);
  expect((await outcomeOf(channel, clock)).outcome).toBe(200);
  expect(seen.connections).toBe(1);
});

test('the first request waits for a server that does not listen yet, and dials it again at once', async () => {
  const [port = 0] = await freePorts(1);
  const clock = new HeldClock();
  const channel = channelTo(port, clock);
  const waiting = outcomeOf(channel, clock);
  await expect.poll(() => clock.now()).toBeGreaterThanOrEqual(1200);
  await listen(port);
  expect((await waiting).outcome).toBe(200);
});

test('a request to a server that is away fails after a second, and those after it at once', async () => {
  const [port = 0] = await freePorts(1);
  const clock = new HeldClock();
  const channel = channelTo(port, clock);
  const first = await outcomeOf(channel, clock);
  expect(first.outcome).toBeInstanceOf(NoConnection);
  expect(first.ms).toBeGreaterThanOrEqual(1000);
  await expect(channel.request([':path', '/x'], [], undefined)).rejects.toThrow(/refused/i);
});

test('a server that was there once is not waited for', async () => {
  const [port = 0] = await freePorts(1);
  const clock = new HeldClock();
  const channel = channelTo(port, clock);
  await listen(port);
  expect((await outcomeOf(channel, clock)).outcome).toBe(200);
  for (const stop of stops.splice(1)) stop();
  // The request on the connection that ends, and then dials that are refused.
  for (let refused = false; !refused;) {
    const outcome: unknown = await channel.request([':path', '/x'], [], undefined).catch((error: unknown) => error);
    refused = outcome instanceof NoConnection;
  }
});
