import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans, total, type HeldWorld } from '../../test/support/held-world.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';
import { splitByCount } from '../otlp/parts/partition.js';
import { Drain } from './drain.js';
import { Outbox } from './outbox.js';

type Outcome = 'accept' | 'accept later' | 'refuse' | 'refuse for good' | 'accept the first item' | 'hang';

class Next implements Consumer {
  readonly accepted: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #outcomes: Outcome[];
  readonly #world: HeldWorld;

  constructor(outcomes: readonly Outcome[], world: HeldWorld) {
    this.#outcomes = [...outcomes];
    this.#world = world;
  }

  async consume(batch: Batch, { signal }: RequestContext): Promise<void> {
    const outcome = this.#outcomes.shift() ?? 'accept';
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    if (outcome === 'accept later' || outcome === 'hang')
      await new Promise<void>((resolve) => {
        this.#world.clock.after(outcome === 'hang' ? 1e9 : 700, resolve);
        signal?.addEventListener('abort', resolve);
        if (signal?.aborted) resolve();
      });
    this.underWay--;
    const [first, rest] =
      outcome === 'accept the first item' ? splitByCount(batch, 1, batch.itemCount) : [undefined, batch];
    if (first) this.accepted.push(...namesOf(first));
    if (outcome === 'accept' || (outcome === 'accept later' && signal?.aborted !== true))
      this.accepted.push(...namesOf(batch));
    else if (rest) {
      const kind = outcome === 'refuse for good' ? 'permanent' : 'retryable';
      throw new DeliveryError(kind, { class: kind, reason: 'backend_refused', ...(first ? { remaining: rest } : {}) });
    }
  }
}

/** Hands on batches of three items each; `waiting` are those that were not asked for yet. */
function handingOn(batches: number, next: Next, world: HeldWorld) {
  const drain = new Drain();
  const waiting = Array.from({ length: batches }, (_, i) => spans(...[0, 1, 2].map((item) => `${i}.${item}`)));
  world.books.in(batches * 3);
  world.books.held(batches * 3, 'here');
  const handOn = new Outbox({
    ...{ context: world.context, next, drain, books: world.books, place: 'here' },
    make: () => waiting.shift(),
  });
  return { handOn, drain, waiting };
}

const outcome = fc.constantFrom<Outcome>(
  'accept',
  'accept later',
  'refuse',
  'refuse for good',
  'accept the first item',
);

test('each batch is handed on until it is accepted or refused for good, eight at most at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.array(outcome, { maxLength: 60 }), async (batches, outcomes) => {
      const world = heldWorld();
      const next = new Next(outcomes, world);
      const { handOn, waiting } = handingOn(batches, next, world);
      let idle = false;
      handOn.pump();
      void handOn.idle().then(() => (idle = true));
      for (let second = 0; second < 200 && !idle; second++) {
        expect(world.books.balance).toBe(0);
        await world.clock.pass(1000);
      }
      expect([idle, waiting.length, next.underWay]).toEqual([true, 0, 0]);
      expect(next.mostUnderWay).toBeLessThanOrEqual(8);
      const { books } = world;
      expect([books.balance, total(books.heldItems)]).toEqual([0, 0]);
      expect(new Set(next.accepted).size).toBe(next.accepted.length);
      expect(books.outItems).toBe(next.accepted.length);
      expect(total(books.droppedItems)).toBe(batches * 3 - next.accepted.length);
    }),
  );
});

test('a batch that waits for its retry is booked there, and is offered at once when the drain begins', async () => {
  const world = heldWorld();
  const next = new Next(['refuse', 'hang'], world);
  const { handOn, drain } = handingOn(2, next, world);
  handOn.pump();
  await world.clock.pass(0);
  expect(world.books.heldItems).toEqual({ here: 3, retry: 3 });
  const deadline = new AbortController();
  drain.begin(deadline.signal);
  await world.clock.pass(0);
  expect(next.accepted).toEqual(['0.0', '0.1', '0.2']);
  const idle = handOn.idle();
  deadline.abort();
  await idle;
  expect(world.books.droppedItems).toEqual({ shutdown: 3 });
  expect([world.books.balance, total(world.books.heldItems)]).toEqual([0, 0]);
});

test('what is left when the drain is over is dropped without an attempt', async () => {
  const world = heldWorld();
  const next = new Next([], world);
  const { handOn, drain } = handingOn(100, next, world);
  drain.begin(AbortSignal.abort());
  await handOn.idle();
  expect([next.mostUnderWay, world.books.droppedItems, total(world.books.heldItems)]).toEqual([
    0,
    { shutdown: 300 },
    0,
  ]);
});

test('very many batches leave in several turns of the event loop', async () => {
  const world = heldWorld();
  const next = new Next([], world);
  const { handOn } = handingOn(20_000, next, world);
  let idle = false;
  void handOn.idle().then(() => (idle = true));
  let turns = 0;
  for (; !idle; turns++) await turn();
  expect(next.accepted.length).toBe(60_000);
  expect(turns).toBeGreaterThan(3);
});
