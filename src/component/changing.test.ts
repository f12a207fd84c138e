import { expect, test, vi } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import type { Batch } from '../otlp/batch.js';
import { SpanBuilder } from '../otlp/build/spans.js';
import { splitByCount } from '../otlp/parts/partition.js';
import type { InPieces } from '../otlp/work.js';
import { changing, type Changed } from './changing.js';
import { emptyContext, type Consumer } from './consumer.js';
import { deliveredOf, DeliveryError } from './delivery-error.js';
import type { Reserved } from './reservation.js';

function spans(count: number): Batch {
  const builder = new SpanBuilder();
  builder.resource().scope('test');
  for (let i = 0; i < count; i++) builder.span('a').ids('', '');
  return builder.finish();
}

const full = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });

/** A processor that keeps the first `most` items of each batch, and what happens around it. */
function keepingFirst(most: number, next: Consumer) {
  const { books } = heldWorld();
  const seen: string[] = [];
  const parts = {
    next,
    books,
    *change(batch: Batch, large: boolean): InPieces<Changed> {
      seen.push(large ? 'large' : 'small');
      yield;
      if (batch.itemCount === 13) throw new Error('a defect');
      const left = Math.min(most, batch.itemCount);
      const rest = left === batch.itemCount ? batch : splitByCount(batch, left, batch.itemCount)[0];
      const book = (): void => {
        books.in(batch.itemCount);
        books.dropped(batch.itemCount - left, 'unwanted');
      };
      return { batch: left === 0 ? undefined : rest, book };
    },
  };
  return { processor: changing(parts), books, seen };
}

/** A consumer with a queue: it has `room` or none. */
function queue(room = true) {
  const got: number[] = [];
  const events: string[] = [];
  const consume = (batch: Batch): Promise<void> => Promise.resolve(void got.push(batch.itemCount));
  const reserve = (): Reserved =>
    room
      ? { granted: true, consume, release: () => void events.push('release') }
      : { granted: false, error: full, refuse: ({ reason }) => void events.push(`refuse ${reason}`) };
  return { consume, reserve, got, events };
}

test('what is left of a batch is handed on and released, a batch that stays is handed on itself', async () => {
  const next = { consume: vi.fn((_batch: Batch) => Promise.resolve()) };
  const { processor, books } = keepingFirst(2, next);
  const whole = spans(2);
  await processor.consume(whole, emptyContext);
  expect(next.consume.mock.lastCall?.[0]).toBe(whole);
  await processor.consume(spans(5), emptyContext);
  expect(next.consume.mock.lastCall?.[0].itemCount).toBe(2);
  await processor.consume(spans(0), emptyContext);
  expect(next.consume).toHaveBeenCalledTimes(2);
  expect(books).toMatchObject({ inItems: 7, outItems: 4, droppedItems: { unwanted: 3 }, balance: 0 });
});

test('when nothing is left the next component is not called', async () => {
  const next = queue();
  const { processor, books } = keepingFirst(0, next);
  await processor.consume(spans(3), emptyContext);
  const room = processor.reserve(spans(4), emptyContext);
  if (!room?.granted) throw new Error('nothing was reserved');
  await room.consume(spans(4), emptyContext);
  expect(next.got).toEqual([]);
  expect(books).toMatchObject({ inItems: 7, droppedItems: { unwanted: 7 }, balance: 0 });
});

test('what the next component refuses goes to it again as it is, until it accepts', async () => {
  const outcomes = [full, full, undefined];
  const got: number[] = [];
  const next = {
    consume: (batch: Batch): Promise<void> => {
      got.push(batch.itemCount);
      const error = outcomes.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    },
  };
  const { processor, books, seen } = keepingFirst(2, next);
  const failed = async (promise: Promise<void> | undefined): Promise<DeliveryError> => {
    const error: unknown = await promise?.catch((thrown: unknown) => thrown);
    if (!(error instanceof DeliveryError)) throw new Error('it did not fail');
    return error;
  };
  const first = await failed(processor.consume(spans(5), emptyContext));
  expect(first).toMatchObject({ class: 'retryable', reason: 'queue_full', remaining: { itemCount: 2 } });
  // A sender that repeats the request delivers nothing twice: three of its items were dropped, two refused.
  expect(deliveredOf(first, 5)).toBe(0);
  const second = await failed(first.resume?.(emptyContext));
  await second.resume?.(emptyContext);
  expect([got, seen]).toEqual([[2, 2, 2], ['small']]);
  expect(books).toMatchObject({ inItems: 9, outItems: 2, droppedItems: { unwanted: 3 }, balance: 0 });
  expect(books.returnedItems).toEqual({ queue_full: 4 });
});

test('what was made for a reservation is what is handed on', async () => {
  const next = queue();
  const { processor, books, seen } = keepingFirst(2, next);
  const batch = spans(5);
  for (const use of ['release', 'consume'] as const) {
    const room = processor.reserve(batch, emptyContext);
    if (!room?.granted) throw new Error('nothing was reserved');
    if (use === 'release') room.release();
    else await room.consume(batch, emptyContext);
  }
  expect([next.got, next.events, seen]).toEqual([[2], ['release'], ['small']]);
  expect(books).toMatchObject({ inItems: 5, outItems: 2, droppedItems: { unwanted: 3 }, balance: 0 });
});

test('without room downstream the whole batch is returned', () => {
  const next = queue(false);
  const { processor, books } = keepingFirst(2, next);
  const answer = processor.reserve(spans(5), emptyContext);
  if (answer?.granted !== false) throw new Error('something was reserved');
  expect(answer.error).toBe(full);
  answer.refuse(answer.error);
  expect(next.events).toEqual(['refuse queue_full']);
  expect(books).toMatchObject({ inItems: 5, droppedItems: {}, returnedItems: { queue_full: 5 }, balance: 0 });
});

test('where nothing can be reserved the batch is made once all the same', async () => {
  const got: number[] = [];
  const consume = (batch: Batch): Promise<void> => Promise.resolve(void got.push(batch.itemCount));
  const { processor, seen } = keepingFirst(2, { consume, reserve: () => undefined });
  const batch = spans(5);
  expect(processor.reserve(batch, emptyContext)).toBe(undefined);
  await processor.consume(batch, emptyContext);
  expect([got, seen]).toEqual([[2], ['small']]);
  const bare = keepingFirst(2, { consume });
  expect(bare.processor.reserve(batch, emptyContext)).toBe(undefined);
  expect(bare.seen).toEqual([]);
});

test('a large batch is changed in turns, and its room reserved then', async () => {
  const next = queue();
  const { processor, books, seen } = keepingFirst(2, next);
  const batch = spans(300_000);
  await processor.consume(batch, emptyContext);
  const later = processor.reserve(batch, emptyContext);
  if (later?.granted !== false) throw new Error('room was reserved at once');
  later.whenRoom?.(() => expect.unreachable('nobody waits any more'))();
  await new Promise<void>((resolve) => void later.whenRoom?.(resolve));
  const room = processor.reserve(batch, emptyContext);
  if (!room?.granted) throw new Error('nothing was reserved');
  await room.consume(batch, emptyContext);
  expect([next.got, seen]).toEqual([
    [2, 2],
    ['large', 'large'],
  ]);
  later.refuse(full);
  expect(books.balance).toBe(0);
  expect(books.returnedItems).toEqual({ queue_full: 300_000 });
});

test('a defect fails the request, not a reservation', async () => {
  const { processor, books } = keepingFirst(2, queue());
  const batch = spans(13);
  expect(processor.reserve(batch, emptyContext)).toBe(undefined);
  await expect(processor.consume(batch, emptyContext)).rejects.toThrow('a defect');
  expect(books.inItems).toBe(0);
});
