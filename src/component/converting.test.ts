import { expect, test } from 'vitest';
import { heldWorld, manySpans, spans } from '../../test/support/held-world.js';
import type { Batch } from '../otlp/batch.js';
import { MetricBuilder } from '../otlp/build/metrics.js';
import { splitByCount } from '../otlp/parts/partition.js';
import type { InPieces } from '../otlp/work.js';
import { emptyContext, type Consumer, type RequestContext } from './consumer.js';
import { converting } from './converting.js';
import { DeliveryError } from './delivery-error.js';
import type { Reserved } from './reservation.js';

/** A connector that makes two points of each span, and of a single one nothing. */
function doubling(next: Consumer) {
  const [consumed, made] = [heldWorld().books, heldWorld().books];
  const seen: boolean[] = [];
  const connector = converting({
    next,
    books: consumed,
    made,
    *convert({ itemCount }: Batch, large: boolean): InPieces<Batch | undefined> {
      seen.push(large);
      yield;
      if (itemCount === 1) return undefined;
      const builder = new MetricBuilder();
      builder.resource().scope('s').metric('m').gauge();
      for (let i = 0; i < itemCount * 2; i++) builder.point(1).int(i);
      return builder.finish();
    },
  });
  return { connector, consumed, made, seen };
}

const refusal = (remaining?: Batch): DeliveryError =>
  new DeliveryError('no', { class: 'retryable', reason: 'queue_full', remaining });

test('what was made is handed on, and what it was made of is out', async () => {
  const got: [number, RequestContext['partial']][] = [];
  const { connector, consumed, made } = doubling({
    consume: ({ itemCount }, { partial }) => Promise.resolve(void got.push([itemCount, partial])),
  });
  await connector.consume(spans('a', 'b'), { ...emptyContext, partial: { rejected() {} } });
  await connector.consume(spans('a'), emptyContext);
  expect(got).toEqual([[4, undefined]]);
  expect(consumed).toMatchObject({ inItems: 3, outItems: 3, balance: 0 });
  expect(made).toMatchObject({ inItems: 4, outItems: 4, balance: 0 });
});

test('a refusal is one of what was consumed, and is resumed with the rest of what was made', async () => {
  const got: number[] = [];
  let refusals = 2;
  const { connector, consumed, made } = doubling({
    consume: (batch) => {
      got.push(batch.itemCount);
      return refusals-- > 0 ? Promise.reject(refusal(splitByCount(batch, 1, batch.itemCount)[1])) : Promise.resolve();
    },
  });
  const first = await connector.consume(spans('a', 'b'), emptyContext).catch((error: unknown) => error);
  if (!(first instanceof DeliveryError)) throw new Error('nothing was refused');
  expect([first.remaining, first.delivered, first.class]).toEqual([undefined, 1, 'retryable']);
  const second = await first.resume?.(emptyContext).catch((error: unknown) => error);
  if (!(second instanceof DeliveryError)) throw new Error('nothing was refused');
  await second.resume?.(emptyContext);
  expect(got).toEqual([4, 3, 2]);
  expect(consumed).toMatchObject({ inItems: 6, outItems: 2, returnedItems: { queue_full: 4 }, balance: 0 });
  expect(made).toMatchObject({ outItems: 4, returnedItems: { queue_full: 5 }, balance: 0 });
});

test('room is reserved for what was made', async () => {
  const got: number[] = [];
  const events: string[] = [];
  let isFull = false;
  const reserve = (): Reserved =>
    isFull
      ? { granted: false, error: refusal(), refuse: ({ reason }) => void events.push(reason) }
      : {
          granted: true,
          consume: ({ itemCount }) => Promise.resolve(void got.push(itemCount)),
          release: () => void events.push('release'),
        };
  const { connector, consumed, made } = doubling({ consume: () => Promise.resolve(), reserve });
  const batch = spans('a', 'b');
  const room = connector.reserve(batch, emptyContext);
  if (room?.granted !== true) throw new Error('no room');
  await room.consume(batch, emptyContext);
  isFull = true;
  const none = connector.reserve(spans('a', 'b', 'c'), emptyContext);
  if (none?.granted !== false) throw new Error('there is room');
  none.refuse(none.error);
  expect([got, events]).toEqual([[4], ['queue_full']]);
  expect(consumed).toMatchObject({ inItems: 5, outItems: 2, returnedItems: { queue_full: 3 }, balance: 0 });
  expect(made).toMatchObject({ inItems: 4, outItems: 4, balance: 0 });
});

test('a large batch is converted in turns', async () => {
  const got: number[] = [];
  const { connector, consumed, seen } = doubling({
    consume: ({ itemCount }) => Promise.resolve(void got.push(itemCount)),
  });
  await Promise.all([connector.consume(manySpans(), emptyContext), connector.consume(spans('a', 'b'), emptyContext)]);
  expect(got).toEqual([4, 280_000]);
  expect(seen).toEqual([true, false]);
  expect(consumed.balance).toBe(0);
});
