import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { hostWith } from '../../../test/support/host.js';
import { startBackend, type Backend } from '../../../test/support/backend.js';
import { heldWorld, total, type HeldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Exporter } from '../../component/define.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import type { Batch } from '../../otlp/batch.js';
import { isLarge } from '../../otlp/large.js';
import { validate } from '../../otlp/wire/validate.js';
import { fanOut } from '../../pipeline/fan-out.js';
import { definition as otlpGrpc } from '../otlp_grpc/index.js';
import { definition } from './index.js';

const off = { enabled: false };
/**
 * A small queue before a backend that is tried again and again. No attempt is given up: the held clock runs ahead of
 * the sockets of a crowded machine.
 */
const small = (queue: object): object => ({
  tls: { insecure: true },
  timeout: 0,
  sending_queue: { queue_size: 2, num_consumers: 1, ...queue },
  retry_on_failure: { initial_interval: '10ms', max_interval: '10ms', max_elapsed_time: 0 },
});

/** `spans` spans of as many traces. */
function request(spans = 20): Batch {
  const all = Array.from({ length: spans }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  }));
  return validate('traces', new Uint8Array(encodeSpans(all)));
}

async function balancer(
  world: HeldWorld,
  backends: readonly Backend[],
  otlp: object,
  more: object = {},
): Promise<Exporter> {
  const config = definition.config.parse({
    protocol: { otlp },
    resolver: { static: { hostnames: backends.map(({ port }) => `127.0.0.1:${port}`) } },
    ...more,
  });
  const exporter = await definition.create(config, world.context);
  await exporter.start?.(hostWith());
  return exporter;
}

async function exporterTo(world: HeldWorld, { port }: Backend, options: object): Promise<Exporter> {
  const config = otlpGrpc.config.parse({ endpoint: `127.0.0.1:${port}`, ...options });
  const exporter = await otlpGrpc.create(config, world.context);
  await exporter.start?.(hostWith());
  return exporter;
}

/**
 * Sends requests as an obedient sender does: each is repeated until it is accepted. `dead` refuses until it has made
 * the gateway refuse 10 of them. Returns how many were refused.
 */
async function sendAll(to: Consumer, dead: Backend, clock: HeldWorld['clock'], blocks: boolean): Promise<number> {
  dead.refuseWith(14);
  let refusals = 0;
  for (let i = 0; i < 30; i++) {
    const batch = request();
    let accepted = false;
    while (!accepted) {
      const sent = to.consume(batch, { ...emptyContext, deadline: clock.now() + 100 });
      let settled = false;
      void sent.then(
        () => (settled = true),
        () => (settled = true),
      );
      do await clock.pass(10);
      while (!settled);
      const error: unknown = await sent.catch((failure: unknown) => failure);
      accepted = error === undefined;
      if (accepted) continue;
      expect(error).toMatchObject({ class: 'retryable', reason: blocks ? 'deadline_exceeded' : 'queue_full' });
      expect(error).toMatchObject({ remaining: undefined, delivered: 0 });
      if (++refusals === 10) dead.refuseWith(undefined);
    }
  }
  return refusals;
}

test.each([false, true])('load_balancing: each span arrives once, block_on_overflow %s', async (blocks) => {
  const backends = await Promise.all([startBackend(), startBackend()]);
  const world = heldWorld();
  const exporter = await balancer(world, backends, small({ block_on_overflow: blocks }));
  try {
    expect(await sendAll(exporter, backends[1], world.clock, blocks)).toBeGreaterThanOrEqual(10);
    while (total(world.books.heldItems) > 0) await world.clock.pass(10);
    const times = backends.flatMap(({ accepted }) => [...accepted.values()]);
    expect(times).toEqual(Array.from({ length: 600 }, () => 1));
    expect(world.books.balance).toBe(0);
    expect(world.budget.used).toBe(0);
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test.each(['two exporters', 'an exporter and load_balancing'])(
  'a fan-out to %s: each span arrives once',
  async (ends) => {
    const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
    const [living, dead, other] = backends;
    const world = heldWorld();
    const exporters = [
      await exporterTo(world, living, small({ queue_size: 100 })),
      ends === 'two exporters'
        ? await exporterTo(world, dead, small({}))
        : await balancer(world, [dead, other], small({})),
    ];
    try {
      const both = fanOut(exporters, world.clock);
      expect(await sendAll(both, dead, world.clock, false)).toBeGreaterThanOrEqual(10);
      while (total(world.books.heldItems) > 0) await world.clock.pass(10);
      const times = backends.flatMap(({ accepted }) => [...accepted.values()]);
      expect(times).toEqual(Array.from({ length: 1200 }, () => 1));
      expect(living.accepted.size).toBe(600);
      expect(world.books.balance).toBe(0);
      expect(world.budget.used).toBe(0);
    } finally {
      for (const exporter of exporters) await exporter.shutdown?.(AbortSignal.abort());
      await Promise.all(backends.map((backend) => backend.close()));
    }
  },
);

test('without queues the items that a repeat delivers again are counted at the receiver', async () => {
  const backends = await Promise.all([startBackend(), startBackend()]);
  const [living, dead] = backends;
  const world = heldWorld();
  const otlp = { tls: { insecure: true }, sending_queue: off, retry_on_failure: off };
  const exporter = await balancer(world, backends, otlp);
  const whole = await exporterTo(world, living, otlp);
  const entry = (next: Consumer): ReceiverEntry => new ReceiverEntry(world.context, next);
  const repeated = (): number | undefined => world.metrics['kanmon_receiver_repeated_items'];
  try {
    dead.refuseWith(14);
    await entry(exporter).handOn(request(), emptyContext, 'grpc');
    const arrived = (): number => total(Object.fromEntries(living.accepted));
    expect(arrived()).toBeGreaterThan(0);
    expect(repeated()).toBe(arrived());
    await entry(fanOut([whole, exporter], world.clock)).handOn(request(), emptyContext, 'grpc');
    expect(arrived()).toBeGreaterThan(20);
    expect(repeated()).toBe(arrived());
    dead.refuseWith(3);
    const before = repeated();
    await entry(fanOut([whole, exporter], world.clock)).handOn(request(), emptyContext, 'grpc');
    expect(repeated()).toBe(before);
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    await whole.shutdown?.(AbortSignal.abort());
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('behind a queue of its own a part for which there is room does not wait for the others', async () => {
  const backends = await Promise.all([startBackend(), startBackend()]);
  const [living, dead] = backends;
  const world = heldWorld();
  dead.refuseWith(14);
  const exporter = await balancer(world, backends, small({ queue_size: 1 }), {
    sending_queue: { enabled: true, num_consumers: 5 },
    retry_on_failure: { enabled: true, max_elapsed_time: 0 },
  });
  try {
    for (let i = 0; i < 4; i++) await exporter.consume(request(), emptyContext);
    while (total(world.books.heldItems) > 0 && living.accepted.size < 20) await world.clock.pass(10);
    dead.refuseWith(undefined);
    while (total(world.books.heldItems) > 0) await world.clock.pass(10);
    const times = backends.flatMap(({ accepted }) => [...accepted.values()]);
    expect(times).toEqual(Array.from({ length: 80 }, () => 1));
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('a large batch, which is cut in several turns, is refused and accepted as a whole as well', async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const [living, dead, other] = backends;
  const world = heldWorld();
  dead.refuseWith(14);
  const exporters = [
    await exporterTo(world, living, small({ queue_size: 100 })),
    await balancer(world, [dead, other], small({ queue_size: 1 })),
  ];
  try {
    const both = fanOut(exporters, world.clock);
    await both.consume(request(), emptyContext);
    const batch = request(140_000);
    expect(isLarge(batch)).toBe(true);
    await expect(both.consume(batch, emptyContext)).rejects.toMatchObject({ reason: 'queue_full', delivered: 0 });
    await expect(exporters[1]?.consume(batch, emptyContext)).rejects.toMatchObject({ remaining: undefined });
    dead.refuseWith(undefined);
    while (total(world.books.heldItems) > 0) await world.clock.pass(10);
    expect(
      backends
        .map(({ accepted }) => accepted.size)
        .toSorted((a, b) => a - b)
        .at(-1),
    ).toBe(20);
    await both.consume(batch, emptyContext);
    // Nothing is retried, and no attempt may time out.
    while (total(world.books.heldItems) > 0) await world.clock.pass(0);
    const times = backends.flatMap(({ accepted }) => [...accepted.values()]);
    expect(times.length).toBe(2 * 140_020);
    expect(times.every((count) => count === 1)).toBe(true);
    expect(world.books.balance).toBe(0);
    expect(world.budget.used).toBe(0);
  } finally {
    for (const exporter of exporters) await exporter.shutdown?.(AbortSignal.abort());
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('before a backend is found, no other exporter of the pipeline is handed a request that is refused', async () => {
  const world = heldWorld();
  const nowhere = await definition.create(
    definition.config.parse({ resolver: { dns: { hostname: 'nobody.invalid' } } }),
    world.context,
  );
  const handed: Batch[] = [];
  const other: Consumer = { consume: async (batch) => void handed.push(batch) };
  const refused: unknown = await fanOut([other, nowhere], world.clock)
    .consume(request(), emptyContext)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DeliveryError);
  expect(refused).toMatchObject({ class: 'retryable', reason: 'no_backend', delivered: 0 });
  expect(handed).toEqual([]);
});
