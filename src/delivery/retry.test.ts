import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans } from '../../test/support/held-world.js';
import { Cancellation } from '../component/cancellation.js';
import { emptyContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Exporter } from '../component/define.js';
import type { Batch } from '../otlp/batch.js';
import { partition } from '../otlp/parts/partition.js';
import type { RetryConfig } from './config.js';
import { deliver } from './deliver.js';

const refused = (extra: { retryAfterMs?: number; remaining?: Batch; permanent?: boolean } = {}): DeliveryError =>
  new DeliveryError('m', {
    class: extra.permanent ? 'permanent' : 'retryable',
    reason: 'backend_refused',
    status: { code: 14, message: 'm', details: [] },
    ...extra,
  });

/**
 * A chain without a queue whose backend replies by a list, `undefined` for success. Records the time and the items of
 * each attempt.
 */
function chain(
  retry: Partial<RetryConfig>,
  replies: (DeliveryError | undefined)[],
  random = 0.5,
): { world: ReturnType<typeof heldWorld>; exporter: Exporter; at: number[]; seen: string[][] } {
  const world = heldWorld({ random: () => random });
  const at: number[] = [];
  const seen: string[][] = [];
  const began = world.clock.now();
  const config = {
    enabled: true,
    initial_interval: 100,
    randomization_factor: 0,
    multiplier: 2,
    max_interval: 500,
    max_elapsed_time: 0,
    ...retry,
  };
  const exporter = deliver(
    world.context,
    { queue: undefined, retry: config, timeoutMs: 0 },
    {
      push: async (batch) => {
        at.push(world.clock.now() - began);
        seen.push(namesOf(batch));
        const reply = replies.shift();
        if (reply) throw reply;
        return Promise.resolve();
      },
    },
  );
  return { world, exporter, at, seen };
}

const fails = (count: number): DeliveryError[] => Array.from({ length: count }, () => refused());

test('waits double up to the longest one', async () => {
  const { world, exporter, at } = chain({}, fails(5));
  const done = exporter.consume(spans('a'), emptyContext);
  await world.clock.pass(5000);
  await done;
  expect(at).toEqual([0, 100, 300, 700, 1200, 1700]);
});

test('multiplier 0 keeps the interval, and max_interval counts from the second wait', async () => {
  const zero = chain({ multiplier: 0 }, fails(3));
  void zero.exporter.consume(spans('a'), emptyContext);
  await zero.world.clock.pass(5000);
  expect(zero.at).toEqual([0, 100, 200, 300]);
  const short = chain({ initial_interval: 400, max_interval: 50 }, fails(3));
  void short.exporter.consume(spans('a'), emptyContext);
  await short.world.clock.pass(5000);
  expect(short.at).toEqual([0, 400, 450, 500]);
});

test.each([
  [0, 50],
  [0.999999, 150],
])('a wait is drawn around the interval: %d becomes %d ms', async (random, wait) => {
  const { world, exporter, at } = chain({ randomization_factor: 0.5 }, fails(1), random);
  void exporter.consume(spans('a'), emptyContext);
  await world.clock.pass(1000);
  expect(Math.round(at[1] as number)).toBe(wait);
});

test('the backend may ask for a longer wait, and the interval grows meanwhile', async () => {
  const { world, exporter, at } = chain({ multiplier: 3, max_interval: 2000 }, [
    refused({ retryAfterMs: 500 }),
    refused(),
    refused({ retryAfterMs: 200 }),
  ]);
  void exporter.consume(spans('a'), emptyContext);
  await world.clock.pass(5000);
  expect(at).toEqual([0, 500, 800, 1700]);
});

test('gives up before the wait that would pass max_elapsed_time, with the status of the backend', async () => {
  const { world, exporter, at } = chain({ initial_interval: 300, multiplier: 1, max_elapsed_time: 1000 }, fails(9));
  const done = exporter.consume(spans('a', 'b'), emptyContext).catch((error: unknown) => error);
  await world.clock.pass(5000);
  expect(at).toEqual([0, 300, 600, 900]);
  expect(await done).toMatchObject({
    message: 'no more retries left: m',
    status: { code: 14, message: 'no more retries left: m' },
    reason: 'retries_exhausted',
    class: 'retryable',
  });
  expect(world.books.returnedItems).toEqual({ retries_exhausted: 2 });
  expect(world.metrics).toMatchObject({
    otelcol_exporter_sent_spans: 0,
    otelcol_exporter_send_failed_spans: 2,
    otelcol_exporter_in_flight_requests: 0,
  });
});

test('a wait beyond the budget gives up at the first refusal, with the wait that the backend asked for', async () => {
  const { exporter, at } = chain({ max_elapsed_time: 2000 }, [refused({ retryAfterMs: 3000 })]);
  await expect(exporter.consume(spans('a'), emptyContext)).rejects.toMatchObject({
    message: 'no more retries left: m',
    retryAfterMs: 3000,
  });
  expect(at).toEqual([0]);
});

test("the sender's deadline and its leaving end the retries", async () => {
  const late = chain({ initial_interval: 400, multiplier: 1, max_interval: 400 }, fails(9));
  const done = late.exporter
    .consume(spans('a'), { ...emptyContext, deadline: late.world.clock.now() + 600 })
    .catch((error: unknown) => error);
  await late.world.clock.pass(2000);
  expect(late.at).toEqual([0, 400]);
  expect(await done).toMatchObject({ message: 'request will be cancelled before next retry: m' });

  const gone = chain({ initial_interval: 300 }, fails(9));
  const sender = new Cancellation();
  const left = gone.exporter.consume(spans('a'), { ...emptyContext, signal: sender }).catch((error: unknown) => error);
  await gone.world.clock.pass(100);
  sender.abort('sender');
  expect(await left).toMatchObject({ message: 'request is cancelled or timed out: m', reason: 'cancelled' });
  expect(gone.at).toEqual([0]);

  const outer = chain({ initial_interval: 300 }, fails(9));
  const timeout = new Cancellation();
  const cut = outer.exporter.consume(spans('a'), { ...emptyContext, signal: timeout }).catch((error: unknown) => error);
  await outer.world.clock.pass(100);
  timeout.abort('deadline');
  expect(await cut).toMatchObject({ message: 'request is cancelled or timed out: m', reason: 'deadline_exceeded' });
});

test('only the remaining part is sent again, and a permanent refusal names that part', async () => {
  const batch = spans('a', 'b', 'c');
  const [, rest] = partition(batch, Int32Array.from([0, 1, 1]), 2);
  const { world, exporter, seen } = chain({}, [refused({ remaining: rest as Batch }), refused({ permanent: true })]);
  const done = exporter.consume(batch, emptyContext).catch((error: unknown) => error);
  await world.clock.pass(1000);
  expect(seen).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c'],
  ]);
  const error = (await done) as DeliveryError;
  expect(error.message).toBe('not retryable error: m');
  expect(namesOf(error.remaining as Batch)).toEqual(['b', 'c']);
  expect(world.books).toMatchObject({ inItems: 3, outItems: 1, returnedItems: { backend_refused: 2 } });
});

test('a shutdown sends a waiting batch at once, then each second, and gives it up when the drain is over', async () => {
  const { world, exporter, at } = chain({ initial_interval: 20_000, max_interval: 20_000 }, fails(9));
  const done = exporter.consume(spans('a'), emptyContext).catch((error: unknown) => error);
  await world.clock.pass(500);
  const deadline = new AbortController();
  const ended = Promise.resolve(exporter.shutdown?.(deadline.signal));
  await world.clock.pass(2500);
  expect(at).toEqual([0, 500, 1500, 2500]);
  deadline.abort();
  expect(await done).toMatchObject({ message: 'interrupted due to shutdown: m', reason: 'shutdown' });
  await ended;
  expect(world.books.returnedItems).toEqual({ shutdown: 1 });
});
