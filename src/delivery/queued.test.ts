import { expect, test } from 'vitest';
import { encodeSpans } from '../../test/support/otlp.js';
import { heldWorld, manySpans, namesOf, spans, type HeldWorld } from '../../test/support/held-world.js';
import { Cancellation } from '../component/cancellation.js';
import { emptyContext, type RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Exporter } from '../component/define.js';
import type { Batch } from '../otlp/batch.js';
import { validate } from '../otlp/wire/validate.js';
import type { QueueBatchConfig, QueueConfig } from './config.js';
import { deliver } from './deliver.js';

const noRetry = {
  enabled: false,
  initial_interval: 100,
  randomization_factor: 0,
  multiplier: 1,
  max_interval: 100,
  max_elapsed_time: 0,
};

/** A queue before a backend that replies to nothing until `open` is called. */
function queue(
  config: Partial<QueueConfig>,
  world: HeldWorld = heldWorld(),
): {
  world: HeldWorld;
  exporter: Exporter;
  got: string[];
  open(error?: DeliveryError): Promise<void>;
  contexts: ReadonlyMap<string, readonly string[]>[];
} {
  const got: string[] = [];
  const contexts: ReadonlyMap<string, readonly string[]>[] = [];
  let waiting: ((error?: DeliveryError) => void)[] = [];
  const full: QueueConfig = {
    num_consumers: 1,
    queue_size: 10,
    sizer: 'requests',
    block_on_overflow: false,
    wait_for_result: false,
    storage: '',
    batch: undefined,
    ...config,
  };
  const exporter = deliver(
    world.context,
    { queue: full, retry: noRetry, timeoutMs: 0 },
    {
      push: (batch, attempt) => {
        got.push(namesOf(batch).join(' '));
        contexts.push(attempt.metadata);
        return new Promise((resolve, reject) => {
          const reply = (error?: DeliveryError): void => (error ? reject(error) : resolve());
          waiting.push(reply);
          attempt.signal.addEventListener('abort', () =>
            reply(
              new DeliveryError('rpc error: code = Canceled desc = context canceled', {
                class: 'retryable',
                reason: 'backend_refused',
              }),
            ),
          );
        });
      },
    },
  );
  const open = async (error?: DeliveryError): Promise<void> => {
    for (let i = 0; i < 50; i++) {
      for (const reply of waiting.splice(0)) reply(error);
      await world.clock.pass(0);
    }
    waiting = [];
  };
  return { world, exporter, got, open, contexts };
}

const batching = (config: Partial<QueueBatchConfig>): QueueBatchConfig => ({
  flush_timeout: 5000,
  min_size: 4,
  max_size: 0,
  sizer: 'items',
  partition: { metadata_keys: [] },
  ...config,
});
const from = (tenant: string | undefined): RequestContext => ({
  metadata: new Map(tenant === undefined ? [] : [['tenant', [tenant]]]),
});

test('the request being exported counts; what does not fit is refused, retryable and by us', async () => {
  const { world, exporter, open, got } = queue({ queue_size: 2 });
  await exporter.consume(spans('a', 'b'), emptyContext);
  await exporter.consume(spans('c'), emptyContext);
  expect(world.metrics).toMatchObject({ otelcol_exporter_queue_size: 2, otelcol_exporter_queue_capacity: 2 });
  await expect(exporter.consume(spans('d'), emptyContext)).rejects.toMatchObject({
    message: 'sending queue is full',
    class: 'retryable',
    local: true,
    reason: 'queue_full',
  });
  expect(world.books).toMatchObject({ inItems: 4, returnedItems: { queue_full: 1 }, heldItems: { push: 2, queue: 1 } });
  expect(world.metrics['otelcol_exporter_enqueue_failed_spans']).toBe(1);
  await open();
  expect(got).toEqual(['a b', 'c']);
  expect(world.metrics['otelcol_exporter_queue_size']).toBe(0);
});

test('sizer items counts items, and a request above the whole queue is refused even when senders wait', async () => {
  const { exporter } = queue({ queue_size: 5, sizer: 'items', block_on_overflow: true });
  await exporter.consume(spans('a', 'b', 'c'), emptyContext);
  await expect(exporter.consume(spans('1', '2', '3', '4', '5', '6'), emptyContext)).rejects.toMatchObject({
    message: 'element size too large',
    reason: 'too_large',
  });
});

test('a queue of any size refuses batches while all queues keep too many bytes alive', async () => {
  const one = spans('a').ownSize;
  // Queues may hold three quarters of it.
  const world = heldWorld({ budget: Math.ceil((one * 2 * 4) / 3) });
  const { exporter, open } = queue({ queue_size: 100 }, world);
  await exporter.consume(spans('a'), emptyContext);
  await exporter.consume(spans('b'), emptyContext);
  await expect(exporter.consume(spans('c'), emptyContext)).rejects.toMatchObject({ reason: 'queue_full' });
  await open();
  expect(world.budget.used).toBe(0);

  const blocking = queue({ queue_size: 100, block_on_overflow: true }, world);
  world.budget.tryReserve(one * 2);
  const waits = blocking.exporter.consume(spans('d'), emptyContext);
  await world.clock.pass(10);
  expect(blocking.got).toEqual([]);
  world.budget.release(one * 2);
  await waits;
  expect(blocking.got).toEqual(['d']);
});

test('the age is that of the oldest request without an outcome', async () => {
  const { world, exporter, open } = queue({ queue_size: 100 });
  const age = (): number | undefined => world.metrics['kanmon_exporter_queue_age'];
  expect(age()).toBe(0);
  await exporter.consume(spans('a'), emptyContext);
  await world.clock.pass(4000);
  await exporter.consume(spans('b'), emptyContext);
  await world.clock.pass(2500);
  // The first one is being exported.
  expect(age()).toBe(6.5);
  await open();
  expect(age()).toBe(0);
});

test.each(['consumed', 'reserved and consumed', 'reserved and given back'])(
  'client metadata counts among the bytes of a request that is %s',
  async (way) => {
    const { world, exporter, open } = queue({ queue_size: 100 }, heldWorld({ budget: 8 << 20 }));
    const large = from('x'.repeat(800 << 10));
    const accept = async (): Promise<void> => {
      if (way === 'consumed') return exporter.consume(spans('a'), large);
      const room = exporter.reserve?.(spans('a'), large);
      if (room?.granted !== true) throw room?.error ?? new Error('no reservation');
      if (way === 'reserved and consumed') return room.consume(spans('a'), large);
      expect(world.budget.used).toBeGreaterThan(800 << 10);
      room.release();
      return exporter.consume(spans('a'), large);
    };
    let accepted = 0;
    const refused = async (): Promise<unknown> => {
      for (; accepted < 20; accepted++) await accept();
      return undefined;
    };
    await expect(refused()).rejects.toMatchObject({ reason: 'queue_full', class: 'retryable' });
    // Queues may hold three quarters of it.
    expect(accepted).toBe(7);
    expect(world.metrics['kanmon_exporter_queue_memory']).toBeGreaterThan(7 * (800 << 10));
    await open();
    expect(world.budget.used).toBe(0);
  },
);

test.each(['items', 'bytes'] as const)(
  'the parts that a request is cut into by %s are reserved before',
  async (sizer) => {
    const attribute = 'x'.repeat(64 << 10);
    const large = validate(
      'traces',
      encodeSpans(
        Array.from({ length: 400 }, () => ({
          traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
          spanId: '051581bf3cb55c13',
        })),
        attribute,
      ),
    );
    const batch = batching({ sizer, min_size: 1, max_size: sizer === 'items' ? 10 : (64 << 10) + 500 });
    const small = queue({ sizer, queue_size: 1 << 30, batch }, heldWorld({ budget: 3 << 19 }));
    await expect(small.exporter.consume(large, emptyContext)).rejects.toMatchObject({
      reason: 'too_large',
      local: true,
    });
    expect([small.world.budget.used, small.got.length]).toEqual([0, 0]);
    const { exporter, world, open, got } = queue({ sizer, queue_size: 1 << 30, batch }, heldWorld());
    await exporter.consume(large, emptyContext);
    expect(world.budget.used).toBeGreaterThan(30 * attribute.length);
    for (let i = 0; i < 5; i++) await open();
    expect(world.budget.used).toBe(0);
    expect(got.flatMap((names) => names.split(' '))).toHaveLength(400);
  },
);

test('the queue keeps a copy: a sender may use its buffer again', async () => {
  const { exporter, got, open } = queue({});
  await exporter.consume(spans('a'), emptyContext);
  const original = spans('b').bytes;
  const large = new Uint8Array(original.length + 100);
  large.set(original, 50);
  await exporter.consume(validate('traces', large.subarray(50, 50 + original.length)), emptyContext);
  large.fill(0);
  await open();
  expect(got).toEqual(['a', 'b']);
});

test('block_on_overflow: senders come in by order of arrival, and one that leaves has put nothing in', async () => {
  const { world, exporter, got, open } = queue({ queue_size: 1, block_on_overflow: true });
  await exporter.consume(spans('a'), emptyContext);
  const sender = new Cancellation();
  const left = exporter.consume(spans('b'), { ...emptyContext, signal: sender }).catch((error: unknown) => error);
  const late = exporter
    .consume(spans('c'), { ...emptyContext, deadline: world.clock.now() + 300 })
    .catch((error: unknown) => error);
  const stays = exporter.consume(spans('d'), emptyContext);
  sender.abort('sender');
  await world.clock.pass(400);
  expect(await left).toMatchObject({ message: 'context canceled', reason: 'cancelled' });
  expect(await late).toMatchObject({ message: 'context deadline exceeded', reason: 'deadline_exceeded' });
  await open();
  await stays;
  expect(got).toEqual(['a', 'd']);
  expect(world.books).toMatchObject({ outItems: 2, returnedItems: { cancelled: 1, deadline_exceeded: 1 } });
});

test('wait_for_result: the sender gets the outcome, and one failure is returned, not dropped', async () => {
  const { world, exporter, open } = queue({ wait_for_result: true });
  const waits = exporter.consume(spans('a'), emptyContext).catch((error: unknown) => error);
  await open(new DeliveryError('Permanent error: m', { class: 'permanent', reason: 'backend_refused' }));
  expect(await waits).toMatchObject({ message: 'Permanent error: m', class: 'permanent' });
  expect(world.books).toMatchObject({ returnedItems: { backend_refused: 1 }, droppedItems: {} });
  expect(world.lines.filter((line) => line.level === 'error').map((line) => line.message.slice(0, 32))).toEqual([
    'Exporting failed. Dropping data.',
    'Exporting failed. Rejecting data',
  ]);
});

test('wait_for_result: a sender that leaves ends its export', async () => {
  const { world, exporter } = queue({ wait_for_result: true });
  const sender = new Cancellation();
  const waits = exporter.consume(spans('a'), { ...emptyContext, signal: sender }).catch((error: unknown) => error);
  await world.clock.pass(10);
  sender.abort('sender');
  await world.clock.pass(0);
  expect(await waits).toMatchObject({ message: 'context canceled' });
  expect(world.books).toMatchObject({ returnedItems: { backend_refused: 1 } });
});

test('batch: leaves at min_size, or when its first item has waited flush_timeout', async () => {
  const { world, exporter, got, open } = queue({ batch: batching({ flush_timeout: 1000 }) });
  await exporter.consume(spans('a', 'b'), emptyContext);
  await exporter.consume(spans('c', 'd'), emptyContext);
  expect(got).toEqual(['a b c d']);
  await open();
  await world.clock.pass(500);
  await exporter.consume(spans('e'), emptyContext);
  expect(world.books.heldItems['batch']).toBe(1);
  await world.clock.pass(999);
  expect(got).toHaveLength(1);
  await world.clock.pass(1);
  expect(got[1]).toBe('e');
});

test.each<[number, number, string[], string[]]>([
  [4, 6, ['1 2 3 4 5 6 7 8 9 a'], ['1 2 3 4 5 6', '7 8 9 a']],
  [5, 5, ['a b c', '1 2 3 4 5 6 7 8 9'], ['a b c 1 2', '3 4 5 6 7', '8 9']],
  [0, 3, ['a b c d e f g'], ['a b c', 'd e f', 'g']],
  [4, 6, ['1 2 3 4 5 6 7', 'a b c'], ['1 2 3 4 5 6', '7 a b c']],
])('batch: min %d, max %d cuts %j into %j', async (min_size, max_size, sent, expected) => {
  const { exporter, got, open } = queue({ batch: batching({ min_size, max_size }) });
  for (const names of sent) {
    await exporter.consume(spans(...names.split(' ')), emptyContext);
    await open();
  }
  const ended = exporter.shutdown?.(new AbortController().signal);
  await open();
  await ended;
  expect(got).toEqual(expected);
});

test('batch: an item above max_size goes alone into the books; its neighbours leave', async () => {
  const { world, exporter, got, open } = queue({ batch: batching({ sizer: 'bytes', min_size: 100, max_size: 100 }) });
  const [small, last] = [spans('a'), spans('i')];
  const huge = validate(
    'traces',
    new Uint8Array(encodeSpans([{ traceId: '0'.repeat(32), spanId: '1'.repeat(16) }], 'x'.repeat(120))),
  );
  for (const batch of [small, huge, last]) await exporter.consume(batch, emptyContext);
  const ended = exporter.shutdown?.(new AbortController().signal);
  await open();
  await ended;
  expect(got.join(' ')).toBe('a i');
  expect(world.books).toMatchObject({ inItems: 3, outItems: 2, droppedItems: { too_large: 1 } });
  expect(world.books.balance).toBe(0);
  expect(world.budget.used).toBe(0);
});

test('batch: partitions are kept apart, absent from empty, and a shared batch carries only the keys', async () => {
  const { exporter, got, open, contexts } = queue({
    batch: batching({ min_size: 2, partition: { metadata_keys: ['Tenant'] } }),
  });
  await exporter.consume(spans('a'), from('x'));
  await exporter.consume(spans('b'), from('y'));
  await exporter.consume(spans('c'), from(undefined));
  await exporter.consume(spans('d'), from(''));
  const more = new Map([
    ['tenant', ['x']],
    ['other', ['1']],
  ]);
  await exporter.consume(spans('e'), { metadata: more });
  await open();
  expect(got).toEqual(['a e']);
  expect(contexts).toEqual([new Map([['tenant', ['x']]])]);
  const ended = exporter.shutdown?.(new AbortController().signal);
  await open();
  await ended;
  expect(got.slice(1).sort()).toEqual(['b', 'c', 'd']);
});

test('batch with wait_for_result: of a shared batch that failed, each sender gets back its own part', async () => {
  const { exporter, open } = queue({
    wait_for_result: true,
    num_consumers: 5,
    batch: batching({ min_size: 4, max_size: 4 }),
  });
  const failure = (batch: Batch): Promise<DeliveryError> =>
    exporter.consume(batch, emptyContext).then(
      () => {
        throw new Error('it was accepted');
      },
      (error: unknown) => error as DeliveryError,
    );
  const failures = [failure(spans('a', 'b', 'c')), failure(spans('d', 'e', 'f', 'g')), failure(spans('h'))];
  await open(new DeliveryError('m', { class: 'retryable', reason: 'backend_refused', remaining: spans('z') }));
  const remaining = (await Promise.all(failures)).map((error) => namesOf(error.remaining ?? spans()));
  expect(remaining).toEqual([['a', 'b', 'c'], ['d', 'e', 'f', 'g'], ['h']]);
});

test('the drain ends with the rest booked as dropped; shutdown can be called before start and twice', async () => {
  const { world, exporter, got } = queue({});
  for (const name of ['a', 'b', 'c']) await exporter.consume(spans(name), emptyContext);
  const deadline = new AbortController();
  const ended = exporter.shutdown?.(deadline.signal);
  await expect(exporter.consume(spans('d'), emptyContext)).rejects.toMatchObject({
    reason: 'shutdown',
    class: 'retryable',
  });
  await world.clock.pass(1000);
  expect(got).toEqual(['a']);
  deadline.abort();
  await ended;
  await exporter.shutdown?.(deadline.signal);
  expect(world.books).toMatchObject({
    inItems: 4,
    outItems: 0,
    droppedItems: { shutdown: 3 },
    returnedItems: { shutdown: 1 },
  });
  expect(world.metrics['otelcol_exporter_queue_size']).toBeUndefined();
});

test('batch: a large request is cut in several turns, the next one follows, and the drain waits for both', async () => {
  const { world, exporter, got, open } = queue({ batch: batching({ min_size: 50_000, max_size: 50_000 }) });
  const large = manySpans();
  await exporter.consume(large, emptyContext);
  await exporter.consume(spans('next'), emptyContext);
  expect(got.length).toBeLessThan(2);
  const ended = exporter.shutdown?.(new AbortController().signal);
  while (got.length < 3) await open();
  await open();
  await ended;
  expect(got.map((names) => names.split(' ').length)).toEqual([50_000, 50_000, 40_001]);
  expect(got.join(' ') === [...namesOf(large), 'next'].join(' ')).toBe(true);
  expect(world.books).toMatchObject({ outItems: 140_001, balance: 0 });
  expect(world.budget.used).toBe(0);
});
