import { expect, test } from 'vitest';
import { emptyContext, type RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { heldWorld, manySpans, namesOf, spans } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { createBatch } from './batch.js';
import { config } from './config.js';

test('requests join by size or time, are cut at the maximum, and what waits leaves at the end', async () => {
  const { context, clock, books } = heldWorld();
  const out: string[][] = [];
  const next = { consume: (batch: Batch): Promise<void> => Promise.resolve(void out.push(namesOf(batch))) };
  const processor = createBatch(
    config.parse({ timeout: '1s', send_batch_size: 3, send_batch_max_size: 3 }),
    context,
    next,
  );
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
  const next = {
    consume: (): Promise<void> => (answers[calls++] ? Promise.reject(answers[calls - 1]!) : Promise.resolve()),
  };
  const processor = createBatch(config.parse({ timeout: '1s', send_batch_size: 1 }), context, next);
  await processor.consume(spans('a'), emptyContext);
  await clock.pass(3000);
  expect(books.outItems).toBe(1);
  await processor.consume(spans('b'), emptyContext);
  await clock.pass(3000);
  expect(books).toMatchObject({ inItems: 2, outItems: 1, droppedItems: { backend_refused: 1 }, balance: 0 });
  await processor.shutdown?.(AbortSignal.abort());
});

test('the parts that a request is cut into are reserved before; without room it is refused', async () => {
  const attribute = 'x'.repeat(256 << 10);
  const ids = { traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' };
  const large = validate(
    'traces',
    encodeSpans(
      Array.from({ length: 2000 }, () => ids),
      attribute,
    ),
  );
  const { context, books, budget, clock } = heldWorld({ budget: 32 << 20 });
  const next = { consume: (): Promise<void> => Promise.resolve() };
  const options = config.parse({ timeout: '1s', send_batch_size: 10, send_batch_max_size: 10 });
  const processor = createBatch(options, context, next);
  await expect(processor.consume(large, emptyContext)).rejects.toMatchObject({ reason: 'queue_full', local: true });
  expect(processor.reserve?.(large, emptyContext)).toMatchObject({ granted: false });
  expect(books).toMatchObject({ returnedItems: { queue_full: 2000 }, outItems: 0, balance: 0 });
  expect(budget.used).toBe(0);
  await processor.shutdown?.(AbortSignal.abort());

  const wide = heldWorld();
  const roomy = createBatch(options, wide.context, next);
  await roomy.consume(large, emptyContext);
  expect(wide.budget.used).toBeGreaterThan(150 * attribute.length);
  await roomy.shutdown?.(new AbortController().signal);
  await clock.pass(0);
  expect([wide.books.outItems, wide.budget.used]).toEqual([2000, 0]);
});

test('while eight batches wait senders wait in order, and are refused once the next component refuses', async () => {
  const { context, clock, books } = heldWorld();
  const out: string[] = [];
  const settle: ((error?: DeliveryError) => void)[] = [];
  const next = {
    consume: (batch: Batch): Promise<void> =>
      new Promise((resolve, reject) => {
        out.push(namesOf(batch).join(' '));
        settle.push((error) => (error ? reject(error) : resolve()));
      }),
  };
  const processor = createBatch(config.parse({ timeout: '1s', send_batch_size: 1 }), context, next);
  const outcomes: string[] = [];
  for (const name of ['1', '2', '3', '4', '5', '6', '7', '8', 'a', 'b', 'c'])
    processor.consume(spans(name), emptyContext).then(
      () => outcomes.push(`${name} accepted`),
      ({ reason }: DeliveryError) => outcomes.push(`${name} ${reason}`),
    );
  await clock.pass(5000);
  expect(outcomes).toHaveLength(8);
  settle[0]?.();
  await clock.pass(0);
  expect(outcomes.slice(8)).toEqual(['a accepted']);
  settle[1]?.(new DeliveryError('later', { class: 'retryable', reason: 'queue_full' }));
  await clock.pass(0);
  expect(outcomes.slice(9)).toEqual(['b queue_full', 'c queue_full']);
  const ended = processor.shutdown?.(new AbortController().signal);
  for (let i = 2; i <= 9; i++) {
    await clock.pass(0);
    settle[i]?.();
  }
  await ended;
  expect(out).toEqual(['1', '2', '2', '3', '4', '5', '6', '7', '8', 'a']);
  expect(books).toMatchObject({ inItems: 11, outItems: 9, returnedItems: { queue_full: 2 }, balance: 0 });
});

test('requests are kept apart by the values of the keys, which alone stay; too many are refused', async () => {
  const { context, clock, books } = heldWorld();
  const out: unknown[] = [];
  const next = {
    consume: (batch: Batch, { metadata }: RequestContext): Promise<void> =>
      Promise.resolve(void out.push([namesOf(batch).join(' '), Object.fromEntries(metadata)])),
  };
  const keys = { metadata_keys: ['Tenant', 'zone'], metadata_cardinality_limit: 3 };
  const processor = createBatch(config.parse({ timeout: '1s', send_batch_size: 9, ...keys }), context, next);
  const send = (name: string, metadata: Record<string, string[]>): Promise<void> =>
    processor.consume(spans(name), { metadata: new Map(Object.entries(metadata)) });
  await send('a', { tenant: ['x'], other: ['1'] });
  await send('b', { tenant: [''] });
  await send('c', { zone: ['z'] });
  await send('d', { other: ['2'], tenant: ['x'] });
  await expect(send('e', { tenant: ['x', 'y'] })).rejects.toMatchObject({
    class: 'permanent',
    reason: 'too_many_combinations',
  });
  await clock.pass(1000);
  expect(out).toEqual([
    ['a d', { tenant: ['x'] }],
    ['b', { tenant: [''] }],
    ['c', { zone: ['z'] }],
  ]);
  await processor.shutdown?.(AbortSignal.abort());
  expect(books).toMatchObject({ inItems: 5, outItems: 4, returnedItems: { too_many_combinations: 1 }, balance: 0 });
});

test('without a timeout a request is handed on in parts before its response, and refused parts remain', async () => {
  const { context, books } = heldWorld();
  const refuse = (kind: 'retryable' | 'permanent') => new DeliveryError(kind, { class: kind, reason: kind });
  const outcomes = [refuse('permanent'), undefined, refuse('retryable')];
  const next = {
    consume: (): Promise<void> => {
      const error = outcomes.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    },
  };
  const processor = createBatch(
    config.parse({ timeout: 0, send_batch_size: 2, send_batch_max_size: 2 }),
    context,
    next,
  );
  const error: unknown = await processor
    .consume(spans('a', 'b', 'c', 'd', 'e'), emptyContext)
    .catch((failure: unknown) => failure);
  expect(error).toMatchObject({ message: 'permanent; retryable', class: 'retryable', reason: 'retryable' });
  expect(error instanceof DeliveryError && error.remaining && namesOf(error.remaining)).toEqual(['a', 'b', 'e']);
  expect(books).toMatchObject({ inItems: 5, outItems: 2, returnedItems: { permanent: 2, retryable: 1 }, balance: 0 });
});

test('large requests are cut in several turns, also at the end, and a small one is not held up by them', async () => {
  const { context, books, budget } = heldWorld();
  const out: string[] = [];
  const sizes: number[] = [];
  const next = {
    consume: async (batch: Batch): Promise<void> => {
      sizes.push(batch.itemCount);
      out.push(...namesOf(batch));
    },
  };
  const options = { timeout: '1s', send_batch_size: 8192, send_batch_max_size: 8192 };
  const processor = createBatch(config.parse(options), context, next);
  const large = [manySpans(), manySpans(140_000)];
  const done = large.map((batch) => processor.consume(batch, emptyContext));
  await processor.consume(spans('small'), emptyContext);
  expect(out.length).toBeLessThan(140_000);
  // Both are still being cut.
  const ended = processor.shutdown?.(new AbortController().signal);
  await expect(processor.consume(spans('late'), emptyContext)).rejects.toMatchObject({ reason: 'shutdown' });
  await ended;
  await Promise.all(done);
  expect(Math.max(...sizes)).toBe(8192);
  const numbers = out.filter((name) => name !== 'small').map(Number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 280_000 }, (_, i) => i));
  expect(out).toContain('small');
  expect(books).toMatchObject({ inItems: 280_002, outItems: 280_001, returnedItems: { shutdown: 1 }, balance: 0 });
  expect(budget.used).toBe(0);
});

test('a large request that nothing waits for is handed on in parts as well, in several turns', async () => {
  const { context, books } = heldWorld();
  const out: string[] = [];
  const next = { consume: async (batch: Batch): Promise<void> => void out.push(...namesOf(batch)) };
  const options = { timeout: '0s', send_batch_size: 8192, send_batch_max_size: 8192 };
  const processor = createBatch(config.parse(options), context, next);
  const large = manySpans();
  const done = processor.consume(large, emptyContext);
  await processor.consume(spans('small'), emptyContext);
  expect(out).toEqual(['small']);
  await done;
  expect(out.slice(1)).toEqual(namesOf(large));
  expect(books).toMatchObject({ inItems: 140_001, outItems: 140_001, balance: 0 });
});
