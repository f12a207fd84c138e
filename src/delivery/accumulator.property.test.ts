import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldClock, manySpans, namesOf, spans } from '../../test/support/held-world.js';
import { isLarge } from '../otlp/large.js';
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
          keptAlive += await accumulator.add(spans(...names), names.join(' '));
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
  await accumulator.add(spans('a'), undefined);
  await clock.pass(250);
  await accumulator.add(spans('b'), undefined);
  await clock.pass(1000);
  expect(left).toEqual(expected);
});

test.each(['items', 'bytes'] as const)(
  'a large request is cut by %s in several turns, and others join',
  async (sizer) => {
    const large = manySpans();
    expect(isLarge(large)).toBe(true);
    const unit = sizer === 'items' ? 1 : collectorSize(large) / large.itemCount;
    const maxSize = Math.ceil(30_000 * unit);
    const departures: Departure<string>[] = [];
    const accumulator = new Accumulator<string>(
      { sizer, minSize: maxSize, maxSize, timeoutMs: 1000, timer: 'first-waiting' },
      { clock: new HeldClock(), leaves: (departure) => departures.push(departure) },
    );
    let keptAlive = await accumulator.add(spans('before'), 'small');
    const cutting = accumulator.add(large, 'large');
    expect(typeof cutting).toBe('object');
    expect(departures.length).toBeLessThan(4);
    let cut = false;
    const end = Promise.resolve(cutting).then((bytes) => {
      cut = true;
      keptAlive += bytes;
    });
    let meanwhile = 0;
    while (!cut) {
      await turn();
      if (cut) break;
      keptAlive += await accumulator.add(spans(`m${meanwhile++}`), 'small');
    }
    await end;
    expect(meanwhile).toBeGreaterThan(0);
    accumulator.flush('timeout');
    for (const departure of departures) {
      expect(sizer === 'items' ? departure.batch.itemCount : collectorSize(departure.batch)).toBeLessThanOrEqual(
        maxSize,
      );
      expect(departure.shares.reduce((sum, { items }) => sum + items, 0)).toBe(departure.batch.itemCount);
    }
    const gone = departures.flatMap(({ batch }) => namesOf(batch));
    const number = /^\d+$/;
    expect(gone.filter((name) => number.test(name))).toEqual(namesOf(large));
    expect(gone.filter((name) => !number.test(name))).toEqual([
      'before',
      ...Array.from({ length: meanwhile }, (_, i) => `m${i}`),
    ]);
    expect(departures.reduce((sum, departure) => sum + departure.keptAlive, 0)).toBe(keptAlive);
  },
);
