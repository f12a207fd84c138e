import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans, total } from '../../../test/support/held-world.js';
import { Cancellation } from '../../component/cancellation.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Clock } from '../../component/clock.js';
import type { Batch } from '../../otlp/batch.js';
import { splitByCount } from '../../otlp/parts/partition.js';
import { createBatch } from './batch.js';
import { config } from './config.js';

type Outcome = 'accept' | 'refuse' | 'refuse for good' | 'accept the first item' | 'slow' | 'hang';

/** The next component: it remembers the items that it accepted, and the largest batch. */
class Next implements Consumer {
  readonly accepted: string[] = [];
  largest = 0;
  readonly #outcomes: Outcome[];
  readonly #clock: Clock;

  constructor(outcomes: readonly Outcome[], clock: Clock) {
    this.#outcomes = [...outcomes];
    this.#clock = clock;
  }

  async consume(batch: Batch, { signal }: RequestContext): Promise<void> {
    const outcome = this.#outcomes.shift() ?? 'accept';
    this.largest = Math.max(this.largest, batch.itemCount);
    if (outcome === 'slow' || outcome === 'hang') await this.#pause(outcome === 'slow' ? 400 : 1e9, signal);
    const [first, rest] =
      outcome === 'accept the first item' ? splitByCount(batch, 1, batch.itemCount) : [undefined, batch];
    if (first) this.accepted.push(...namesOf(first));
    const accepts = outcome === 'accept' || (outcome === 'slow' && signal?.aborted !== true);
    if (accepts) this.accepted.push(...namesOf(batch));
    else if (rest) {
      const kind = outcome === 'refuse for good' ? 'permanent' : 'retryable';
      throw new DeliveryError(kind, { class: kind, reason: 'backend_refused', ...(first ? { remaining: rest } : {}) });
    }
  }

  #pause(ms: number, signal: RequestContext['signal']): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
      signal?.addEventListener('abort', resolve);
      if (signal?.aborted) resolve();
    });
  }
}

const options = fc
  .record({
    timeout: fc.constantFrom('0s', '100ms', '1s'),
    send_batch_size: fc.constantFrom(0, 1, 3),
    send_batch_max_size: fc.constantFrom(0, 3, 5),
    metadata_keys: fc.constantFrom<string[][]>([], ['Tenant']),
    metadata_cardinality_limit: fc.constantFrom(0, 2),
  })
  .map((value) => config.parse(value));
const outcome = fc.constantFrom<Outcome>(
  'accept',
  'accept',
  'refuse',
  'refuse for good',
  'accept the first item',
  'slow',
  'hang',
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      send: fc.integer({ min: 1, max: 7 }),
      tenant: fc.constantFrom('x', 'y', 'z'),
      leaves: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 1500 }) }) },
);

test('whatever next component, senders and clock do, books balance and nothing accepted is sent again', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(outcome, { maxLength: 20 }),
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.constantFrom(6000, 1 << 20),
      async (chosen, outcomes, steps, patience, bytes) => {
        const { clock, books, budget, context } = heldWorld({ budget: bytes });
        const next = new Next(outcomes, clock);
        const processor = createBatch(chosen, context, next);
        const settled: boolean[] = [];
        let serial = 0;
        const check = (): void => {
          expect(books.balance).toBe(0);
          expect(Math.min(0, ...Object.values(books.heldItems))).toBe(0);
          expect(new Set(next.accepted).size).toBe(next.accepted.length);
          if (chosen.send_batch_max_size > 0) expect(next.largest).toBeLessThanOrEqual(chosen.send_batch_max_size);
        };
        for (const action of steps) {
          if ('pass' in action) await clock.pass(action.pass);
          else {
            const sender = new Cancellation();
            if (action.leaves !== undefined) clock.after(action.leaves, () => sender.abort('sender'));
            const names = Array.from({ length: action.send }, () => `i${serial++}`);
            const at = settled.push(false) - 1;
            const metadata = new Map([['tenant', [action.tenant]]]);
            processor.consume(spans(...names), { metadata, signal: sender }).then(
              () => (settled[at] = true),
              (error: unknown) => {
                expect(error).toBeInstanceOf(DeliveryError);
                settled[at] = true;
              },
            );
            await clock.pass(0);
          }
          check();
        }
        const deadline = new AbortController();
        clock.after(patience, () => deadline.abort());
        let ended = false;
        void Promise.resolve(processor.shutdown?.(deadline.signal)).then(() => (ended = true));
        await clock.pass(patience + 1);
        await clock.pass(1);
        check();
        expect(ended).toBe(true);
        // A request that is handed on directly ends with the next component, and each of its parts may hang.
        for (let hangs = 0; hangs <= outcomes.length; hangs++) await clock.pass(1e9);
        check();
        expect(settled.every(Boolean)).toBe(true);
        expect(total(books.heldItems)).toBe(0);
        expect(budget.used).toBe(0);
        expect(books.inItems).toBe(serial);
        expect(books.outItems).toBe(next.accepted.length);
      },
    ),
    { numRuns: 200 },
  );
});
