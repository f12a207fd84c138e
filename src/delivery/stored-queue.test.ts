import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans, type HeldWorld } from '../../test/support/held-world.js';
import { hostWith } from '../../test/support/host.js';
import { MemoryStorage } from '../../test/support/storage.js';
import { emptyContext, type RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Exporter } from '../component/define.js';
import type { Attempt } from '../component/pusher.js';
import { StorageError, type Storage, type StorageClient } from '../component/storage.js';
import type { Batch } from '../otlp/batch.js';
import { partition } from '../otlp/parts/partition.js';
import type { QueueConfig, RetryConfig } from './config.js';
import { deliver } from './deliver.js';

const retry: RetryConfig = {
  enabled: true,
  initial_interval: 100,
  randomization_factor: 0,
  multiplier: 1,
  max_interval: 100,
  max_elapsed_time: 0,
};

const unavailable = (remaining?: Batch): DeliveryError =>
  new DeliveryError('not now', { class: 'retryable', reason: 'backend_refused', remaining });

/** An exporter with a stored queue, and a backend that decides by `answer`. */
class Stand {
  readonly world: HeldWorld;
  readonly got: string[] = [];
  readonly metadata: (readonly string[] | undefined)[] = [];
  readonly exporter: Exporter;
  answer: (batch: Batch, attempt: Attempt) => Promise<void> = () => Promise.resolve();
  readonly #storage: Storage;

  constructor(
    storage: Storage,
    config: Partial<QueueConfig> = {},
    world: HeldWorld = heldWorld(),
    retries: RetryConfig = retry,
  ) {
    this.world = world;
    this.#storage = storage;
    const queue: QueueConfig = {
      num_consumers: 1,
      queue_size: 10,
      sizer: 'requests',
      block_on_overflow: false,
      wait_for_result: false,
      storage: 'file_storage',
      batch: undefined,
      ...config,
    };
    this.exporter = deliver(
      world.context,
      { queue, retry: retries, timeoutMs: 0 },
      {
        push: (batch, attempt) => {
          this.got.push(namesOf(batch).join(' '));
          this.metadata.push(attempt.metadata.get('tenant'));
          return this.answer(batch, attempt);
        },
      },
    );
  }

  async start(): Promise<this> {
    await this.exporter.start?.(hostWith({ file_storage: { offers: { storage: this.#storage } } }));
    await this.pass();
    return this;
  }

  /** Lets everything happen that waits for nothing but its turn, and then `ms`. */
  async pass(ms = 0): Promise<void> {
    for (let i = 0; i < 20; i++) await this.world.clock.pass(0);
    await this.world.clock.pass(ms);
    for (let i = 0; i < 20; i++) await this.world.clock.pass(0);
  }

  async send(...names: string[]): Promise<void> {
    await this.exporter.consume(spans(...names), emptyContext);
  }

  async stop(): Promise<void> {
    await this.exporter.shutdown?.(new AbortController().signal);
  }

  get size(): number | undefined {
    return this.world.metrics['otelcol_exporter_queue_size'];
  }
}

const never = (): Promise<void> => new Promise(() => {});

test('what is stored stays at the end, and the next start sends it in order, with its metadata', async () => {
  const storage = new MemoryStorage();
  const first = await new Stand(storage).start();
  first.answer = () => Promise.reject(unavailable());
  const from: RequestContext = { metadata: new Map([['tenant', ['a', 'b']]]), auth: new Map([['user', 'x']]) };
  await first.exporter.consume(spans('a', 'b'), from);
  await first.send('c');
  await first.send('d');
  await first.pass();
  expect(first.size).toBe(3);
  expect(first.world.books).toMatchObject({ inItems: 4, heldItems: { stored: 2, push: 0, retry: 2 }, balance: 0 });
  await first.stop();
  expect(first.got).toEqual(['a b']);
  expect(first.world.books).toMatchObject({ outItems: 0, droppedItems: {}, returnedItems: { stored: 4 }, balance: 0 });
  expect(first.world.books.heldItems).toEqual({ stored: 0, push: 0, retry: 0 });
  expect(first.world.lines.map(({ message }) => message)).toContain(
    'Exporting was interrupted. The data stays in the storage.',
  );

  const second = await new Stand(storage).start();
  await second.pass();
  expect(second.got).toEqual(['a b', 'c', 'd']);
  expect(second.metadata).toEqual([['a', 'b'], undefined, undefined]);
  expect(second.world.books).toMatchObject({ inItems: 4, outItems: 4, heldItems: { stored: 0 }, balance: 0 });
  expect(second.size).toBe(0);
  await second.stop();
  const third = await new Stand(storage).start();
  expect(third.got).toEqual([]);
});

test('after a kill everything acknowledged is there, in order, what was being sent too', async () => {
  const storage = new MemoryStorage();
  const first = await new Stand(storage, { num_consumers: 2 }).start();
  first.answer = never;
  for (const name of ['a', 'b', 'c', 'd']) await first.send(name);
  await first.pass();
  expect(first.got).toEqual(['a', 'b']);
  const second = await new Stand(storage.afterKill()).start();
  await second.pass();
  expect(second.got).toEqual(['a', 'b', 'c', 'd']);
});

test('an attempt under way at the end is waited for, and nothing else is begun', async () => {
  const storage = new MemoryStorage();
  const stand = await new Stand(storage).start();
  let accept: () => void = () => {};
  stand.answer = () => new Promise((resolve) => (accept = resolve));
  await stand.send('a');
  await stand.send('b');
  await stand.pass();
  const stopping = stand.stop();
  await stand.pass();
  accept();
  await stopping;
  expect(stand.got).toEqual(['a']);
  expect(stand.world.books).toMatchObject({ outItems: 1, returnedItems: { stored: 1 }, balance: 0 });
  const again = await new Stand(storage).start();
  expect(again.got).toEqual(['b']);
});

test('the part of a request that was delivered is not sent again after an interruption', async () => {
  const storage = new MemoryStorage();
  const stand = await new Stand(storage).start();
  stand.answer = (batch) => Promise.reject(unavailable(partition(batch, Int32Array.of(0, 1, 1), 2)[1]));
  await stand.send('a', 'b', 'c');
  await stand.pass();
  await stand.stop();
  expect(stand.world.books).toMatchObject({ outItems: 1, returnedItems: { stored: 2 }, balance: 0 });
  const again = await new Stand(storage).start();
  expect(again.got).toEqual(['b c']);
});

test('without retries, for good, and out of time: then it is dropped from the storage too', async () => {
  for (const [retries, error] of [
    [{ ...retry, enabled: false }, unavailable()],
    [retry, new DeliveryError('never', { class: 'permanent', reason: 'backend_refused' })],
    [{ ...retry, max_elapsed_time: 50 }, unavailable()],
  ] as const) {
    const storage = new MemoryStorage();
    const stand = await new Stand(storage, {}, heldWorld(), retries).start();
    stand.answer = () => Promise.reject(error);
    await stand.send('a');
    await stand.pass();
    expect(stand.size).toBe(0);
    expect(stand.world.books.balance).toBe(0);
    await stand.stop();
    expect((await new Stand(storage).start()).got).toEqual([]);
  }
});

test('waiting requests of a batch survive a kill, and are flushed at an orderly end', async () => {
  const storage = new MemoryStorage();
  const batch = {
    flush_timeout: 5000,
    min_size: 4,
    max_size: 0,
    sizer: 'items' as const,
    partition: { metadata_keys: [] },
  };
  const first = await new Stand(storage, { batch }).start();
  await first.send('a');
  await first.send('b');
  await first.pass();
  expect(first.got).toEqual([]);
  expect(first.world.books.heldItems).toMatchObject({ stored: 0, batch: 2 });
  const second = await new Stand(storage.afterKill(), { batch }).start();
  await second.send('c');
  await second.pass(5000);
  expect(second.got).toEqual(['a b c']);
  await second.send('d');
  await second.pass();
  await second.stop();
  expect(second.got).toEqual(['a b c', 'd']);
  expect(second.world.books).toMatchObject({ inItems: 4, outItems: 4, returnedItems: {}, balance: 0 });
});

test('a merged batch that is interrupted leaves its requests in the storage, and the books balance', async () => {
  const storage = new MemoryStorage();
  const batch = {
    flush_timeout: 5000,
    min_size: 3,
    max_size: 0,
    sizer: 'items' as const,
    partition: { metadata_keys: [] },
  };
  const stand = await new Stand(storage, { batch }).start();
  stand.answer = (merged) => Promise.reject(unavailable(partition(merged, Int32Array.of(0, 1, 1), 2)[1]));
  for (const name of ['a', 'b', 'c']) await stand.send(name);
  await stand.pass();
  await stand.stop();
  expect(stand.world.books).toMatchObject({ outItems: 1, returnedItems: { stored: 3 }, balance: 0 });
  const again = await new Stand(storage).start();
  expect(again.got).toEqual(['a', 'b', 'c']);
});

test.each<[sizer: QueueConfig['sizer'], capacity: number]>([
  ['requests', 2],
  ['items', 4],
])('a restart keeps the size by %s, and a smaller queue refuses until there is room', async (sizer, capacity) => {
  const storage = new MemoryStorage();
  const first = await new Stand(storage, { sizer, queue_size: capacity }).start();
  first.answer = never;
  await first.send('a', 'b');
  await first.send('c', 'd');
  await expect(first.send('e')).rejects.toMatchObject({ message: 'sending queue is full', local: true });
  const second = new Stand(storage.afterKill(), { sizer, queue_size: capacity - 1 });
  second.answer = never;
  await second.start();
  expect(second.size).toBe(capacity);
  await expect(second.send('e')).rejects.toMatchObject({ reason: 'queue_full' });
});

test('senders that wait for room get it in turn', async () => {
  const storage = new MemoryStorage();
  const stand = await new Stand(storage, { queue_size: 1, block_on_overflow: true }).start();
  let accept: () => void = () => {};
  stand.answer = () => new Promise((resolve) => (accept = resolve));
  await stand.send('a');
  const waiting = stand.send('b');
  await stand.pass();
  expect(stand.got).toEqual(['a']);
  accept();
  await waiting;
  await stand.pass();
  expect(stand.got).toEqual(['a', 'b']);
});

test('memory holds what is being sent and a few that come next, however long the queue is', async () => {
  const world = heldWorld({ budget: 1 << 20 });
  const stand = await new Stand(new MemoryStorage(), { queue_size: 1000 }, world).start();
  stand.answer = never;
  for (let i = 0; i < 200; i++) await stand.send(`span ${i} ${'x'.repeat(20_000)}`);
  expect(stand.size).toBe(200);
  expect(world.budget.used).toBeLessThan(200_000);
});

/** Storage that fails as `failure` says. */
function failing(failure: () => StorageError | undefined): Storage {
  const inner = new MemoryStorage();
  return {
    async open(owner) {
      const client = await inner.open(owner);
      const checked = async <T>(call: () => Promise<T>): Promise<T> => {
        const error = failure();
        if (error) throw error;
        return call();
      };
      const failingClient: StorageClient = {
        get: (key) => client.get(key),
        set: (key, value) => checked(() => client.set(key, value)),
        delete: (key) => checked(() => client.delete(key)),
        batch: (operations) => checked(() => client.batch(operations)),
        keys: () => client.keys(),
        close: () => client.close(),
      };
      return failingClient;
    },
  };
}

test('a storage without room refuses with a hint when to come back, and recovers by itself', async () => {
  let error: StorageError | undefined;
  const stand = await new Stand(failing(() => error)).start();
  await stand.send('a');
  error = new StorageError('full', 'the storage extension has run out of available space');
  await expect(stand.send('b')).rejects.toMatchObject({
    message: 'the storage extension has run out of available space',
    class: 'retryable',
    reason: 'storage_full',
    local: true,
  });
  expect(stand.world.books).toMatchObject({ returnedItems: { storage_full: 1 }, balance: 0 });
  error = undefined;
  await stand.send('c');
  await stand.pass();
  expect(stand.got).toEqual(['a', 'c']);
  expect([stand.size, stand.world.budget.used]).toEqual([0, 0]);
});

test('a damaged request is lost alone, booked and logged with its items', async () => {
  const storage = new MemoryStorage();
  const first = await new Stand(storage, { queue_size: 100 }).start();
  first.answer = never;
  for (const name of ['a', 'b', 'c']) await first.send(name, `${name} 2`);
  const damaged: Storage = {
    async open(owner) {
      const client = await storage.afterKill().open(owner);
      return {
        get: (key) =>
          key.startsWith('2.') ? Promise.reject(new StorageError('damaged', 'the file is damaged')) : client.get(key),
        set: (key, value) => client.set(key, value),
        delete: (key) => client.delete(key),
        batch: (operations) => client.batch(operations),
        keys: () => client.keys(),
        close: () => client.close(),
      };
    },
  };
  const second = await new Stand(damaged).start();
  await second.pass();
  expect(second.got).toEqual(['a a 2', 'c c 2']);
  expect(second.world.books).toMatchObject({ inItems: 6, outItems: 4, droppedItems: { damaged: 2 }, balance: 0 });
  expect(
    second.world.lines.find(({ message }) => message.startsWith('A stored request is lost'))?.fields,
  ).toMatchObject({ lost_items: 2 });
  expect(second.size).toBe(0);
});
