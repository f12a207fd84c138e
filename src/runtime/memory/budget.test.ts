import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteShare } from '../../component/budget.js';
import { SharedByteBudget } from './budget.js';

/** Of 1600 bytes queues may hold 1200, of which 300 are guaranteed and 900 common. */
const limit = 1600;

/** Takes steps of `step` bytes until there is no room. Returns what was taken. */
function fill(from: { tryReserve(bytes: number): boolean }, step = 1): number {
  let taken = 0;
  while (from.tryReserve(step)) taken += step;
  return taken;
}

/** A budget with as many queues as are named. */
function queues(count: number): { readonly budget: SharedByteBudget; readonly shares: readonly ByteShare[] } {
  const budget = new SharedByteBudget(limit);
  return { budget, shares: Array.from({ length: count }, (_, i) => budget.share(`exporter ${i}`)) };
}

test('without queues, requests in progress may take everything', () => {
  const { budget } = queues(0);
  expect(fill(budget)).toBe(limit);
  budget.release(limit);
  expect(budget.used).toBe(0);
});

test.each<[queues: number, full: number, each: number[]]>([
  // A queue alone takes all that requests in progress do not need.
  [1, 1, [1200]],
  // Its guaranteed share, 150, and half of the common part.
  [2, 1, [600]],
  // The second one gets half of what the first one left free.
  [2, 2, [600, 375]],
  [10, 1, [480]],
  [10, 3, [480, 255, 142]],
])('of %d queues %d fill up one after the other: they hold %j', (count, full, each) => {
  const { budget, shares } = queues(count);
  expect(shares.slice(0, full).map((share) => fill(share))).toEqual(each);
  // Each of the others has its guaranteed share, and requests in progress have at least a quarter.
  const idle = shares.slice(full);
  const guaranteed = Math.floor(300 / count);
  for (const share of idle) expect(share.room).toBeGreaterThanOrEqual(guaranteed);
  expect(fill(budget)).toBeGreaterThanOrEqual(limit / 4);
  for (const share of idle) expect(fill(share)).toBeGreaterThanOrEqual(guaranteed);
  expect(budget.used).toBeLessThanOrEqual(limit);
});

test('queues that fill up together get a third each', () => {
  const { shares } = queues(4);
  const [a, b] = shares as [ByteShare, ByteShare, ...ByteShare[]];
  while ([a.tryReserve(1), b.tryReserve(1)].includes(true));
  expect(a.used).toBe(b.used);
  expect(a.used).toBe(75 + 300);
});

test('an empty queue may take one request that is larger than its share of the common part', () => {
  const { shares } = queues(3);
  const [a, b] = shares as [ByteShare, ByteShare, ByteShare];
  expect(a.limit).toBe(1000);
  expect(a.tryReserve(1000)).toBe(true);
  expect(a.tryReserve(1)).toBe(false);
  expect(fill(b)).toBe(100);
});

test('the queues of one holder have one share, which ends with the last of them and with what it holds', () => {
  const budget = new SharedByteBudget(limit);
  const other = budget.share('other');
  const [traces, logs] = [budget.share('exporter'), budget.share('exporter')];
  expect(fill(traces)).toBe(600);
  expect([logs.used, logs.room]).toEqual([600, 0]);
  traces.close();
  traces.close();
  expect(fill(other)).toBe(375);
  logs.close();
  // It counts until it is empty.
  expect(other.room).toBe(0);
  let woken = 0;
  other.onceReleased(() => woken++);
  logs.release(600);
  expect(woken).toBe(1);
  expect(fill(other)).toBe(1200 - 375);
});

test('whatever queues and requests take and give back, none takes what is kept for the others', () => {
  const step = fc.record({
    who: fc.integer({ min: -1, max: 4 }),
    bytes: fc.integer({ min: 1, max: 700 }),
    back: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 80 }), (count, steps) => {
      const { budget, shares } = queues(count);
      const guaranteed = Math.floor(300 / count);
      let requests = 0;
      for (const { who, bytes, back } of steps) {
        const share = shares[who];
        const queued = shares.reduce((sum, { used }) => sum + used, 0);
        if (share) {
          const { used, room } = share;
          if (back) share.release(Math.min(bytes, used));
          else {
            const fits = share.fits(bytes);
            expect(share.tryReserve(bytes)).toBe(fits);
            expect(fits).toBe(bytes <= room);
            if (used + bytes <= guaranteed) expect(fits).toBe(true);
            // More than its guaranteed share only while it leaves as much as it takes.
            const others = shares.reduce((sum, one) => sum + Math.max(0, one.used - guaranteed), 0);
            if (fits && count > 1 && used > 0 && share.used > guaranteed)
              expect(900 - others).toBeGreaterThanOrEqual(share.used - guaranteed);
          }
        } else if (back) {
          const some = Math.min(bytes, requests);
          budget.release(some);
          requests -= some;
        } else {
          const kept = requests + bytes <= limit / 4;
          const fits = budget.tryReserve(bytes);
          if (fits) requests += bytes;
          if (kept) expect(fits).toBe(true);
        }
        expect(budget.used).toBe(requests + shares.reduce((sum, { used }) => sum + used, 0));
        expect(budget.used).toBeLessThanOrEqual(limit);
        expect(Math.max(queued, 0)).toBeLessThanOrEqual(1200);
      }
    }),
    { numRuns: 1000 },
  );
});
