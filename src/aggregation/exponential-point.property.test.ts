import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketIndex } from './exponential-mapping.js';
import { ExponentialPoint } from './exponential-point.js';
import { ByteStore } from './byte-store.js';
import { MemoryBound } from './memory-bound.js';

/** Values in the middle of their buckets at every scale of this test, so that no rounding decides. */
const value = fc
  .tuple(fc.integer({ min: -400, max: 400 }), fc.boolean())
  .map(([step, isNegative]) => 2 ** (step / 8 + 1 / 16) * (isNegative ? -1 : 1));
const values = fc.array(value, { maxLength: 12 });
const scale = fc.integer({ min: -4, max: 3 });
const threshold = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -40, max: 40 }).map((step) => 2 ** (step / 8 + 1 / 32)),
);
const shape = fc.record({ scale, threshold });

interface Shape {
  readonly scale: number;
  readonly threshold: number;
}

/** The histogram of values, in the plainest way: counts by index. */
function bucketsOf(all: readonly number[], { scale: at, threshold: zero }: Shape): Record<string, number> {
  const counts: Record<string, number> = { all: all.length };
  for (const one of all) {
    const size = Math.abs(one);
    const key = size <= zero ? 'zero' : `${one < 0 ? '-' : '+'}${bucketIndex(size, at)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function bucketsIn(point: ExponentialPoint): Record<string, number> {
  const counts: Record<string, number> = { all: point.totals.low(0) };
  if (point.totals.low(1) > 0) counts['zero'] = point.totals.low(1);
  for (const [sign, run] of [['+', point.positive] as const, ['-', point.negative] as const])
    for (let i = 0; i < run.counts.length; i++)
      if (!run.counts.isZero(i)) counts[`${sign}${run.offset + i}`] = run.counts.low(i);
  return counts;
}

/** A point with the histogram of values, with buckets of 0 around those in use. */
function pointOf(all: readonly number[], of: Shape): ExponentialPoint {
  const point = new ExponentialPoint();
  const buckets = bucketsOf(all, of);
  point.scale = of.scale;
  point.zeroThreshold = of.threshold;
  point.totals.set(0, buckets['all'] ?? 0, 0);
  point.totals.set(1, buckets['zero'] ?? 0, 0);
  point.hasSum = true;
  point.sum = all.length;
  for (const [sign, run] of [['+', point.positive] as const, ['-', point.negative] as const]) {
    const indexes = Object.keys(buckets)
      .filter((key) => key.startsWith(sign))
      .map((key) => Number(key.slice(1)));
    if (indexes.length === 0) continue;
    run.offset = Math.min(...indexes) - 2;
    run.counts.resize(Math.max(...indexes) - run.offset + 3);
    for (const index of indexes) run.counts.set(index - run.offset, buckets[`${sign}${index}`] ?? 0, 0);
  }
  return point;
}

const lengthOf = (point: ExponentialPoint): number =>
  Math.max(point.positive.counts.length, point.negative.counts.length);

test('a sum is the histogram of all values, with no more buckets than there may be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(values, shape), { minLength: 1, maxLength: 6 }),
      fc.constantFrom(2, 5, 20, 160),
      (parts, size) => {
        const [first, ...rest] = parts.map(([all, of]) => pointOf(all, of));
        const sum = first as ExponentialPoint;
        for (const part of rest) sum.add(part, size);
        const all = parts.flatMap(([some]) => some);
        if (rest.length > 0) expect(lengthOf(sum)).toBeLessThanOrEqual(size);
        expect(bucketsIn(sum)).toEqual(bucketsOf(all, { scale: sum.scale, threshold: sum.zeroThreshold }));
        expect(sum.scale).toBeLessThanOrEqual(Math.min(...parts.map(([, of]) => of.scale)));
        expect(sum.zeroThreshold).toBeGreaterThanOrEqual(Math.max(...parts.map(([, of]) => of.threshold)));
        expect(sum.sum).toBe(all.length);
      },
    ),
  );
});

test('a difference is the histogram of the values between', () => {
  fc.assert(
    fc.property(values, shape, values, shape, (before, ofBefore, added, ofNow) => {
      const now = pointOf([...before, ...added], ofNow);
      expect(now.subtract(pointOf(before, ofBefore))).toBe(true);
      expect(bucketsIn(now)).toEqual(bucketsOf(added, { scale: now.scale, threshold: now.zeroThreshold }));
    }),
  );
});

test('a point in which a value is missing is no later one', () => {
  fc.assert(
    fc.property(values, value, shape, (all, missing, of) => {
      // Two values in one bucket are not distinguished.
      fc.pre(!isDeepStrictEqual(bucketsOf([missing], of), bucketsOf([2 ** 60], of)));
      const now = pointOf([...all, 2 ** 60], of);
      expect(now.subtract(pointOf([...all, missing], of))).toBe(false);
    }),
  );
});

test('what is stored is loaded', () => {
  fc.assert(
    fc.property(values, shape, (all, of) => {
      const store = new ByteStore(new MemoryBound(1 << 20));
      const point = pointOf(all, of);
      const address = store.take(point.size);
      point.store(store.chunk(address), store.offset(address));
      const other = pointOf([1, 2, 3, -4], { scale: 2, threshold: 0 });
      other.load(store.chunk(address), store.offset(address));
      expect(bucketsIn(other)).toEqual(bucketsIn(point));
      expect(other).toMatchObject({ scale: of.scale, zeroThreshold: of.threshold, hasSum: true, hasMin: false });
      expect(other.size).toBe(point.size);
    }),
  );
});

test('indexes at the ends of 32 bits, and scales that nobody has, cost no more than others', () => {
  const extreme = (offset: number, at: number): ExponentialPoint => {
    const point = new ExponentialPoint();
    point.scale = at;
    point.totals.set(0, 1, 0);
    point.positive.offset = offset;
    point.positive.counts.resize(1).set(0, 1, 0);
    return point;
  };
  const sum = extreme(2 ** 31 - 1, 2 ** 31 - 1);
  sum.add(extreme(-(2 ** 31), -(2 ** 31)), 160);
  expect(sum.totals.low(0)).toBe(2);
  const wide = extreme(2 ** 31 - 1, 3);
  wide.add(extreme(-(2 ** 31), 3), 160);
  expect(lengthOf(wide)).toBeLessThanOrEqual(160);
  expect(wide.positive.counts.low(0) + wide.positive.counts.low(wide.positive.counts.length - 1)).toBe(2);
});
