import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans, total } from '../../test/support/held-world.js';
import { Cancellation, type CancelSignal } from '../component/cancellation.js';
import { DeliveryError } from '../component/delivery-error.js';
import { emptyContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import { partition } from '../otlp/parts/partition.js';
import type { Attempt, Pusher } from '../component/pusher.js';
import { deliver, type DeliverOptions } from './deliver.js';

type Reply = 'accept' | 'refuse' | 'refuse for good' | 'accept a part' | 'reject some' | 'hang' | 'slow';

/** A backend that replies by a list and records each item that it accepted. */
class Backend implements Pusher {
  readonly accepted: string[] = [];
  readonly rejected: string[] = [];
  readonly #replies: Reply[];
  readonly #wait: (ms: number, signal: CancelSignal) => Promise<void>;

  constructor(replies: readonly Reply[], wait: (ms: number, signal: CancelSignal) => Promise<void>) {
    this.#replies = [...replies];
    this.#wait = wait;
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    const names = namesOf(batch);
    const no = (kind: 'retryable' | 'permanent', remaining?: Batch): DeliveryError =>
      new DeliveryError(kind, { class: kind, reason: 'backend_refused', remaining });
    switch (this.#replies.shift() ?? 'accept') {
      case 'refuse':
        throw no('retryable');
      case 'refuse for good':
        throw no('permanent');
      case 'accept a part': {
        const [first, rest] = partition(
          batch,
          Int32Array.from(names, (_, i) => (i === 0 ? 0 : 1)),
          2,
        );
        this.accepted.push(...(first ? namesOf(first) : []));
        if (rest) throw no('retryable', rest);
        return;
      }
      case 'reject some':
        this.accepted.push(...names.slice(1));
        this.rejected.push(names[0] as string);
        attempt.rejected?.(1);
        return;
      case 'hang':
        await this.#wait(1e9, attempt.signal);
        throw no('retryable');
      case 'slow':
        await this.#wait(700, attempt.signal);
        if (attempt.signal.aborted) throw no('retryable');
    }
    this.accepted.push(...names);
  }
}

const retry = {
  enabled: true,
  initial_interval: 100,
  randomization_factor: 0.5,
  multiplier: 2,
  max_interval: 2000,
  max_elapsed_time: 0,
};
const options = fc.record<DeliverOptions>({
  queue: fc.option(
    fc.record({
      num_consumers: fc.integer({ min: 1, max: 3 }),
      queue_size: fc.constantFrom(3, 20, 2000),
      sizer: fc.constantFrom('requests', 'items', 'bytes'),
      block_on_overflow: fc.boolean(),
      wait_for_result: fc.boolean(),
      storage: fc.constant(''),
      batch: fc.option(
        fc.record({
          flush_timeout: fc.constantFrom(50, 400),
          min_size: fc.constantFrom(0, 2, 4),
          max_size: fc.constantFrom(0, 4, 5),
          sizer: fc.constant('items' as const),
          partition: fc.constant({ metadata_keys: [] }),
        }),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
  retry: fc.constantFrom(retry, { ...retry, enabled: false }, { ...retry, max_elapsed_time: 3000 }),
  timeoutMs: fc.constantFrom(0, 500, 5000),
});
const reply = fc.constantFrom<Reply>(
  'accept',
  'accept',
  'refuse',
  'refuse for good',
  'accept a part',
  'reject some',
  'hang',
  'slow',
);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      send: fc.integer({ min: 1, max: 7 }),
      leaves: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 1500 }) }) },
);

test('whatever backend, senders and clock do, the books balance and nothing accepted is sent again', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(reply, { maxLength: 30 }),
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.constantFrom(6000, 1 << 20),
      async (chain, replies, steps, patience, bytes) => {
        const world = heldWorld({ budget: bytes });
        const { clock, books, budget } = world;
        const wait = (ms: number, signal: CancelSignal): Promise<void> =>
          new Promise((resolve) => {
            const stop = clock.after(ms, resolve);
            signal.addEventListener('abort', () => {
              stop();
              resolve();
            });
          });
        const backend = new Backend(replies, wait);
        const exporter = deliver(world.context, chain, backend);
        const check = (): void => {
          expect(books.balance).toBe(0);
          expect(Math.min(0, ...Object.values(books.heldItems))).toBe(0);
          expect(budget.used).toBeLessThanOrEqual(budget.limit);
          expect(new Set(backend.accepted).size).toBe(backend.accepted.length);
        };
        const outcomes: { readonly names: readonly string[]; error: DeliveryError | 'none' | undefined }[] = [];
        let serial = 0;
        for (const action of steps) {
          if ('pass' in action) await clock.pass(action.pass);
          else {
            const names = Array.from({ length: action.send }, () => `i${serial++}`);
            const outcome: (typeof outcomes)[number] = { names, error: undefined };
            outcomes.push(outcome);
            const sender = new Cancellation();
            if (action.leaves !== undefined) clock.after(action.leaves, () => sender.abort('sender'));
            exporter.consume(spans(...names), { ...emptyContext, signal: sender }).then(
              () => (outcome.error = 'none'),
              (error: unknown) => {
                expect(error).toBeInstanceOf(DeliveryError);
                if (error instanceof DeliveryError) outcome.error = error;
              },
            );
            await clock.pass(0);
          }
          check();
        }
        const deadline = new AbortController();
        clock.after(patience, () => deadline.abort());
        let ended = false;
        void Promise.resolve(exporter.shutdown?.(deadline.signal)).then(() => (ended = true));
        await clock.pass(patience + 1);
        // Without a queue only the sender's leaving or the attempt's end lets go; an attempt ends with the drain.
        await clock.pass(1);
        check();
        expect(ended).toBe(true);
        expect(total(books.heldItems)).toBe(0);
        expect(budget.used).toBe(0);
        expect(books.inItems).toBe(serial);
        expect(books.outItems).toBe(backend.accepted.length);
        const refused: string[] = [];
        for (const { names, error } of outcomes) {
          expect(error).toBeDefined();
          if (error === 'none' || !error) continue;
          refused.push(...names);
          // A sender that does not wait for the result is refused as a whole.
          if (chain.queue && !chain.queue.wait_for_result)
            expect(names.filter((name) => backend.accepted.includes(name))).toEqual([]);
          const remaining = error.remaining ? namesOf(error.remaining) : names;
          const settled = names.filter((name) => !remaining.includes(name));
          expect(remaining.filter((name) => !names.includes(name))).toEqual([]);
          expect(
            settled.filter((name) => !backend.accepted.includes(name) && !backend.rejected.includes(name)),
          ).toEqual([]);
        }
        if (chain.queue && !chain.queue.wait_for_result) {
          expect(total(books.returnedItems)).toBe(refused.length);
          expect(backend.accepted.length + total(books.droppedItems) + refused.length).toBe(serial);
        }
      },
    ),
    { numRuns: 300 },
  );
});
