import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldClock, namesOf, spans } from '../../test/support/held-world.js';
import { collectorSize } from '../otlp/parts/collector-size.js';
import { Accumulator, partsOf, type BatchLimits, type Departure } from './accumulator.js';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 700 }) }) },
);
const limits: fc.Arbitrary<BatchLimits> = fc
  .record({
    sizer: fc.constantFrom('items' as const, 'bytes' as const),
    minSize: fc.integer({ min: 0, max: 6 }),
    more: fc.option(fc.integer({ min: 0, max: 4 })),
    timeoutMs: fc.integer({ min: 1, max: 500 }),
    timer: fc.constantFrom('first-waiting' as const, 'last-departure' as const),
  })
  .map(({ sizer, minSize, more, ...rest }) => {
    const unit = sizer === 'items' ? 1 : collectorSize(spans('i0'));
    const maxSize = more === null ? 0 : Math.max(1, minSize + more) * unit;
    return { ...rest, sizer, minSize: minSize * unit, maxSize };
  });

test('whatever waits leaves once, in order, within the limits and the time, and its shares are its items', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 20 }), async (limit, steps) => {
      const clock = new HeldClock();
      const departures: Departure<string>[] = [];
      const waitingSince: number[] = [];
      const joined = new Map<string, number>();
      const accumulator = new Accumulator<string>(limit, {
        clock,
        joins: (source) => joined.set(source, (joined.get(source) ?? 0) + 1),
        leaves: (departure) => departures.push(departure),
      });
      const sizeOf = ({ batch }: Departure<string>): number =>
        limit.sizer === 'items' ? batch.itemCount : collectorSize(batch);
      const gone = (): string[] => departures.flatMap(({ batch }) => namesOf(batch));
      let serial = 0;
      let keptAlive = 0;
      for (const action of steps) {
        if ('pass' in action) await clock.pass(action.pass);
        else {
          const names = Array.from({ length: action.add }, () => `i${serial++}`);
          waitingSince.push(...names.map(() => clock.now()));
          keptAlive += accumulator.add(spans(...names), names.join(' '));
        }
        const left = gone().length;
        expect(accumulator.empty).toBe(left === serial);
        if (left < serial) expect(clock.now() - (waitingSince[left] ?? 0)).toBeLessThan(limit.timeoutMs);
      }
      accumulator.flush('timeout');
      expect(gone()).toEqual(Array.from({ length: serial }, (_, i) => `i${i}`));
      expect(departures.reduce((sum, departure) => sum + departure.keptAlive, 0)).toBe(keptAlive);
      for (const departure of departures) {
        const { trigger, shares } = departure;
        if (limit.maxSize > 0) expect(sizeOf(departure)).toBeLessThanOrEqual(limit.maxSize);
        if (trigger === 'size' && limit.sizer === 'items')
          expect(sizeOf(departure)).toBeGreaterThanOrEqual(limit.minSize);
        const parts = partsOf(departure);
        expect(parts.flatMap(namesOf)).toEqual(namesOf(departure.batch));
        parts.forEach((part, i) => {
          expect(part.itemCount).toBe(shares[i]?.items);
          for (const name of namesOf(part)) expect(shares[i]?.source.split(' ')).toContain(name);
        });
      }
      const shared = departures.flatMap(({ shares }) => shares.map(({ source }) => source));
      for (const [source, times] of joined) expect(shared.filter((each) => each === source)).toHaveLength(times);
    }),
  );
});

test.each([
  ['first-waiting', [1300]],
  ['last-departure', [1000, 1500]],
] as const)('the timeout counts from %s', async (timer, expected) => {
  const clock = new HeldClock();
  const began = clock.now();
  const left: number[] = [];
  const limit: BatchLimits = { sizer: 'items', minSize: 10, maxSize: 0, timeoutMs: 500, timer };
  const accumulator = new Accumulator<undefined>(limit, { clock, leaves: () => left.push(clock.now() - began) });
  await clock.pass(800);
  accumulator.add(spans('a'), undefined);
  await clock.pass(250);
  accumulator.add(spans('b'), undefined);
  await clock.pass(1000);
  expect(left).toEqual(expected);
});
