import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { heldWorld, namesOf, spans } from '../../../test/support/held-world.js';
import { createBatch } from './batch.js';
import { config } from './config.js';

test('requests join by size or time, are cut at the maximum, and what waits leaves at the end', async () => {
  const { context, clock, books } = heldWorld();
  const out: string[][] = [];
  const next = { consume: (batch: Batch): Promise<void> => Promise.resolve(void out.push(namesOf(batch))) };
  const processor = createBatch(config.parse({ timeout: '1s', send_batch_size: 3, send_batch_max_size: 3 }), context, next);
  await processor.consume(spans('a'), emptyContext);
  await clock.pass(1001);
  expect(out).toEqual([['a']]);
  await processor.consume(spans('b', 'c'), emptyContext);
  await processor.consume(spans('d', 'e'), emptyContext);
  await clock.pass(1);
  expect(out.slice(1)).toEqual([['b', 'c', 'd']]);
  await processor.shutdown?.(new AbortController().signal);
  expect(out.slice(2)).toEqual([['e']]);
  expect(books).toMatchObject({ inItems: 5, outItems: 5, balance: 0 });
});

test('a refusal that may pass is tried again, one for good is dropped with its reason', async () => {
  const { context, clock, books } = heldWorld();
  const answers: (DeliveryError | undefined)[] = [
    new DeliveryError('later', { class: 'retryable', reason: 'queue_full' }),
    undefined,
    new DeliveryError('never', { class: 'permanent', reason: 'backend_refused' }),
  ];
  let calls = 0;
  const next = { consume: (): Promise<void> => (answers[calls++] ? Promise.reject(answers[calls - 1]!) : Promise.resolve()) };
  const processor = createBatch(config.parse({ timeout: '1s', send_batch_size: 1 }), context, next);
  await processor.consume(spans('a'), emptyContext);
  await clock.pass(3000);
  expect(books.outItems).toBe(1);
  await processor.consume(spans('b'), emptyContext);
  await clock.pass(3000);
  expect(books).toMatchObject({ inItems: 2, outItems: 1, droppedItems: { backend_refused: 1 }, balance: 0 });
  await processor.shutdown?.(AbortSignal.abort());
});
