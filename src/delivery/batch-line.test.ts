import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldClock, spans } from '../../test/support/held-world.js';
import { emptyContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import { Cancellation } from '../component/cancellation.js';
import { Drain } from './drain.js';
import { BatchLine } from './batch-line.js';

/** One batch in the hands of the test. */
interface Sent {
  readonly batch: Batch;
  readonly streams: ReadonlySet<number>;
  begun: boolean;
  ended: boolean;
  end(): void;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a batch begins when, and only when, no batch before it that shares a stream is without an outcome', async () => {
  const streams = fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(streams, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      async (all, picks) => {
        const clock = new HeldClock();
        const sent: Sent[] = all.map((own) => ({
          batch: spans('a'),
          streams: new Set(own),
          begun: false,
          ended: false,
          end: () => {},
        }));
        const of = (batch: Batch): Sent => sent.find((one) => one.batch === batch)!;
        const line = new BatchLine(async (batch) => of(batch).streams, clock, new Drain());
        const send = line.inOrder((batch) => {
          const one = of(batch);
          one.begun = true;
          return new Promise((resolve, reject) => {
            one.end = () => (one.streams.has(0) ? reject(new Error('refused')) : resolve());
          });
        });
        const outcomes = sent.map(({ batch }) => send(batch, emptyContext, () => {}).catch(() => {}));
        for (;;) {
          await settled();
          sent.forEach((one, i) => {
            const inTheWay = sent
              .slice(0, i)
              .some((other) => !other.ended && [...other.streams].some((s) => one.streams.has(s)));
            expect(one.begun).toBe(!inTheWay);
          });
          const running = sent.filter(({ begun, ended }) => begun && !ended);
          if (running.length === 0) break;
          const next = running[picks.next().value! % running.length]!;
          next.ended = true;
          next.end();
        }
        await Promise.all(outcomes);
        expect(sent.every(({ ended }) => ended)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('a sender that leaves while it waits does not keep those behind it', async () => {
  const [first, second, third] = [spans('1'), spans('2'), spans('3')];
  const line = new BatchLine(async () => new Set([1]), new HeldClock(), new Drain());
  const begun: Batch[] = [];
  let end = (): void => {};
  const send = line.inOrder((batch) => {
    begun.push(batch);
    return new Promise((resolve) => (end = resolve));
  });
  const cancellation = new Cancellation();
  void send(first, emptyContext, () => {});
  const left = send(second, { ...emptyContext, signal: cancellation }, () => {});
  void send(third, emptyContext, () => {});
  await settled();
  cancellation.abort('sender');
  await expect(left).rejects.toMatchObject({ reason: 'cancelled' });
  expect(begun).toEqual([first]);
  end();
  await settled();
  expect(begun).toEqual([first, third]);
});
