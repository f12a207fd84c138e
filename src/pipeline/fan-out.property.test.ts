import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans, total, type HeldWorld } from '../../test/support/held-world.js';
import { Cancellation } from '../component/cancellation.js';
import { emptyContext, type Consumer } from '../component/consumer.js';
import { deliveredOf, DeliveryError } from '../component/delivery-error.js';
import type { Exporter } from '../component/define.js';
import type { Lifecycle } from '../component/lifecycle.js';
import type { Pusher } from '../component/pusher.js';
import type { QueueConfig } from '../delivery/config.js';
import { deliver } from '../delivery/deliver.js';
import type { Batch } from '../otlp/batch.js';
import { createBatch } from '../processors/batch/batch.js';
import { config as batchConfig } from '../processors/batch/config.js';
import { fanOut } from './fan-out.js';

type Reply = 'accept' | 'refuse' | 'refuse for good' | 'slow' | 'hang';

/** A backend that replies by a list, and every item that was sent to it or accepted by it. */
class Backend implements Pusher {
  readonly sent: Set<string> = new Set();
  readonly accepted: string[] = [];
  readonly #replies: Reply[];
  readonly #world: HeldWorld;

  constructor(replies: readonly Reply[], world: HeldWorld) {
    this.#replies = [...replies];
    this.#world = world;
  }

  push: Pusher['push'] = async (batch, { signal }) => {
    for (const name of namesOf(batch)) this.sent.add(name);
    const reply = this.#replies.shift() ?? 'accept';
    if (reply === 'slow' || reply === 'hang')
      await new Promise<void>((resolve) => {
        const stop = this.#world.clock.after(reply === 'slow' ? 500 : 1e9, resolve);
        signal.addEventListener('abort', () => {
          stop();
          resolve();
        });
      });
    if (reply === 'refuse' || reply === 'hang' || signal.aborted)
      throw new DeliveryError('not now', { class: 'retryable', reason: 'backend_refused' });
    if (reply === 'refuse for good') throw new DeliveryError('no', { class: 'permanent', reason: 'backend_refused' });
    this.accepted.push(...namesOf(batch));
  };
}

const replies = fc.array(fc.constantFrom<Reply>('accept', 'accept', 'refuse', 'refuse for good', 'slow', 'hang'), {
  maxLength: 12,
});
const queue = fc.record<QueueConfig>({
  num_consumers: fc.integer({ min: 1, max: 2 }),
  queue_size: fc.constantFrom(1, 2, 6, 1000),
  sizer: fc.constantFrom('requests', 'items'),
  block_on_overflow: fc.boolean(),
  wait_for_result: fc.constant(false),
  storage: fc.constant(''),
  batch: fc.constant(undefined),
});
const branch = fc.record({
  queue,
  replies,
  before: fc.constantFrom('nothing', 'nothing', 'batch', 'fan-out'),
});
/** Room for one request. */
const one: QueueConfig = {
  num_consumers: 1,
  queue_size: 1,
  sizer: 'requests',
  block_on_overflow: false,
  wait_for_result: false,
  storage: '',
  batch: undefined,
};
const retry = {
  enabled: true,
  initial_interval: 100,
  randomization_factor: 0.5,
  multiplier: 2,
  max_interval: 2000,
  max_elapsed_time: 3000,
};
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      send: fc.integer({ min: 1, max: 4 }),
      leaves: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
      lives: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 1500 }) }) },
);

test('a request that is refused has been handed to no branch, and one that is accepted to all', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(branch, { minLength: 2, maxLength: 4 }),
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom(12_000, 1 << 20),
      async (branches, steps, budget) => {
        const main = heldWorld({ budget });
        const { clock } = main;
        const worlds: HeldWorld[] = [];
        const own = (): HeldWorld => {
          const world = heldWorld({ id: `${worlds.length}` });
          worlds.push(world);
          return { ...world, clock, context: { ...world.context, clock, budget: main.context.budget } };
        };
        const backends: Backend[] = [];
        /** The books of what each branch begins with. */
        const entries: HeldWorld['books'][] = [];
        const processors: Lifecycle[] = [];
        const exporters: Lifecycle[] = [];
        const exporter = (each: (typeof branches)[number]): Exporter => {
          const world = own();
          if (each.before !== 'batch') entries.push(world.books);
          const backend = new Backend(each.replies, world);
          backends.push(backend);
          const made = deliver(world.context, { queue: each.queue, retry, timeoutMs: 1000 }, backend);
          exporters.push(made);
          return made;
        };
        const consumers = branches.map((each): Consumer => {
          if (each.before === 'fan-out') return fanOut([exporter(each), exporter(each)], clock);
          const end = exporter(each);
          if (each.before === 'nothing') return end;
          const settings = batchConfig.parse({ timeout: '100ms', send_batch_size: 5 });
          const world = own();
          entries.push(world.books);
          const processor = createBatch(settings, world.context, end);
          processors.push(processor);
          return processor;
        });
        const whole = fanOut(consumers, clock);
        const outcomes: { readonly names: readonly string[]; error: DeliveryError | 'none' | undefined }[] = [];
        const check = (): void => {
          for (const { books, metrics } of worlds) {
            expect(books.balance).toBe(0);
            expect(Math.min(0, ...Object.values(books.heldItems))).toBe(0);
            if (total(books.heldItems) === 0) expect(metrics['otelcol_exporter_queue_size'] ?? 0).toBe(0);
          }
          expect(main.budget.used).toBeLessThanOrEqual(budget);
          expect(main.budget.used).toBeGreaterThanOrEqual(0);
        };
        let serial = 0;
        for (const action of steps) {
          if ('pass' in action) await clock.pass(action.pass);
          else {
            const names = Array.from({ length: action.send }, () => `i${serial++}`);
            const outcome: (typeof outcomes)[number] = { names, error: undefined };
            outcomes.push(outcome);
            const sender = new Cancellation();
            if (action.leaves !== undefined) clock.after(action.leaves, () => sender.abort('sender'));
            const deadline = action.lives === undefined ? undefined : clock.now() + action.lives;
            whole.consume(spans(...names), { ...emptyContext, signal: sender, deadline }).then(
              () => (outcome.error = 'none'),
              (error: unknown) => (outcome.error = DeliveryError.from(error)),
            );
            await clock.pass(0);
          }
          check();
        }
        for (const stage of [processors, exporters]) {
          const deadline = new AbortController();
          clock.after(20_000, () => deadline.abort());
          const stopped = Promise.all(stage.map(async (component) => component.shutdown?.(deadline.signal)));
          await clock.pass(20_001);
          await clock.pass(1);
          await stopped;
        }
        check();
        expect(main.budget.used).toBe(0);
        const atAny = (name: string): boolean => backends.some(({ sent }) => sent.has(name));
        let accepted = 0;
        for (const { names, error } of outcomes) {
          expect(error).toBeDefined();
          if (error !== 'none') {
            expect(names.filter(atAny)).toEqual([]);
            expect(error && deliveredOf(error, names.length)).toBe(0);
          } else accepted += names.length;
        }
        for (const { accepted: got } of backends) expect(new Set(got).size).toBe(got.length);
        for (const { books } of worlds) expect(total(books.heldItems)).toBe(0);
        for (const books of entries) expect(books.inItems - total(books.returnedItems)).toBe(accepted);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([1, 100])(
  'senders wait for room at one or two queues, and all come in, capacity %d of the second',
  async (capacity) => {
    const { context, clock, budget } = heldWorld();
    const open: (() => void)[] = [];
    const got: Record<'a' | 'b', string[]> = { a: [], b: [] };
    const [a, b] = (['a', 'b'] as const).map((id) =>
      deliver(
        { ...context, id },
        {
          queue: { ...one, block_on_overflow: true, queue_size: id === 'a' ? 1 : capacity },
          retry: { ...retry, enabled: false },
          timeoutMs: 0,
        },
        {
          push: (batch) =>
            new Promise((resolve) => {
              got[id].push(namesOf(batch).join());
              open.push(resolve);
            }),
        },
      ),
    ) as [Exporter, Exporter];
    const ways = [fanOut([a, b], clock), fanOut([b, a], clock)] as const;
    const names = Array.from({ length: 8 }, (_, i) => `i${i}`);
    let accepted = 0;
    for (const [i, name] of names.entries())
      void ways[(i % 2) as 0 | 1].consume(spans(name), emptyContext).then(() => accepted++);
    await clock.pass(0);
    expect(got).toEqual({ a: ['i0'], b: ['i0'] });
    // Each round ends the export at both queues, one after the other, and lets one sender in.
    for (let round = 1; round <= names.length; round++) {
      for (const end of open.splice(0)) {
        end();
        await clock.pass(0);
      }
      expect(accepted).toBe(Math.min(names.length, round + 1));
    }
    expect(got.a).toEqual(got.b);
    expect(got.a.toSorted()).toEqual(names);
    // At one queue they stand in one line.
    if (capacity > 1) expect(got.a).toEqual(names);
    expect(budget.used).toBe(0);
  },
);

test('what cannot be reserved is called when the rest has room, and what arrived in vain is known', async () => {
  const { context, clock } = heldWorld();
  const off = { ...retry, enabled: false };
  const got: string[] = [];
  let refusing = false;
  const hanging = deliver(
    context,
    { queue: one, retry: off, timeoutMs: 0 },
    { push: (batch) => new Promise((resolve) => (got.push(`queued ${namesOf(batch).join()}`), (done = resolve))) },
  );
  let done: () => void = () => {};
  const direct = deliver(
    context,
    { queue: undefined, retry: off, timeoutMs: 0 },
    {
      push: (batch: Batch) => {
        if (refusing) throw new DeliveryError('later', { class: 'retryable', reason: 'backend_refused' });
        got.push(`direct ${namesOf(batch).join()}`);
        return Promise.resolve();
      },
    },
  );
  const both = fanOut([direct, hanging], clock);
  await both.consume(spans('a'), emptyContext);
  const refused: unknown = await both.consume(spans('b'), emptyContext).catch((error: unknown) => error);
  expect(refused).toMatchObject({ class: 'retryable', reason: 'queue_full', delivered: 0 });
  expect(got).toEqual(['queued a', 'direct a']);
  done();
  await clock.pass(0);
  refusing = true;
  const partly: unknown = await both.consume(spans('b'), emptyContext).catch((error: unknown) => error);
  expect(partly).toMatchObject({ class: 'retryable', reason: 'backend_refused', delivered: 1 });
  expect(got).toEqual(['queued a', 'direct a', 'queued b']);
});
