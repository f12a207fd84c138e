import fc from 'fast-check';
import { expect, test } from 'vitest';
import { referenceDecode, type Tree } from '../../test/support/reference-decode.js';
import { MetricBuilder } from '../otlp/build/metrics.js';
import { ExplicitHistograms } from './explicit-histograms.js';
import { exponentialSize, ExponentialHistograms } from './exponential-histograms.js';
import { bucketIndex, coarsestScale, finestScale } from './exponential-mapping.js';
import { MemoryBound } from './memory-bound.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);

/** The point that `write` writes, as a reader finds it. */
function pointOf(kind: 'histogram' | 'exponentialHistogram', write: (builder: MetricBuilder) => void): Tree {
  const builder = new MetricBuilder();
  builder.resource().scope('test').metric('m')[kind]('cumulative').point(1);
  write(builder);
  const tree = referenceDecode('metrics', builder.finish().bytes);
  const path = ['resource_metrics', 'scope_metrics', 'metrics'];
  let at = tree;
  for (const name of path) at = (at[name] as Tree[])[0]!;
  const data = at[kind === 'histogram' ? 'histogram' : 'exponential_histogram'] as Tree;
  return (data['data_points'] as Tree[])[0]!;
}

/** Durations as they occur: zero, tiny, usual, long. */
const duration = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 1024, 0.5, 0.001, 1e-6),
  fc.double({ min: 0, max: 1e-3, noNaN: true }),
  fc.double({ min: 0, max: 1e4, noNaN: true }),
  fc.integer({ min: 1, max: 1e9 }).map((ns) => ns / 1e6),
  fc.double({ min: 0, max: 1e300, noNaN: true }),
);
const observation = fc.tuple(
  duration,
  fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 70_000 })),
);

test('an explicit histogram counts each value in the first bucket whose bound is not below it', () => {
  const bounds = fc.uniqueArray(fc.double({ min: 0, max: 1e4, noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(bounds, fc.array(observation, { maxLength: 60 }), (unsorted, observed) => {
      const sorted = unsorted.toSorted((a, b) => a - b);
      const histograms = new ExplicitHistograms(sorted);
      for (const row of [0, 1, 1025]) histograms.clear(row);
      const counts = new Array<number>(sorted.length + 1).fill(0);
      let sum = 0;
      for (const [value, times] of observed) {
        histograms.observe(1, value, times);
        const found = sorted.findIndex((bound) => value <= bound);
        counts[found < 0 ? sorted.length : found]! += times;
        sum += value * times;
      }
      const point = pointOf('histogram', (builder) => histograms.write(1, builder));
      expect(point['bucket_counts']).toEqual(counts.map(BigInt));
      expect(point['explicit_bounds'] ?? []).toEqual(sorted);
      expect(point['sum'] ?? 0).toBe(sum);
      const total = counts.reduce((all, one) => all + one, 0);
      expect(point['count'] ?? 0n).toBe(BigInt(total));
      expect([histograms.countOf(0), histograms.countOf(1), histograms.countOf(1025)]).toEqual([0, total, 0]);
      histograms.clear(1);
      expect([histograms.countOf(1), histograms.sumOf(1)]).toEqual([0, 0]);
    }),
    { numRuns: runs },
  );
});

test('values that are counted at once are counted as one after the other', () => {
  const rowed = fc.array(fc.tuple(fc.constantFrom(0, 1, 1025), observation), { maxLength: 100 });
  fc.assert(
    fc.property(rowed, (observed) => {
      const rows = Int32Array.from(observed, ([row]) => row);
      const values = Float64Array.from(observed, ([, [value]]) => value);
      const times = Float64Array.from(observed, ([, [, often]]) => often);
      const all = [new ExplicitHistograms([1, 5, 1000]), new ExponentialHistograms(20, new MemoryBound(1 << 30))];
      const each = [new ExplicitHistograms([1, 5, 1000]), new ExponentialHistograms(20, new MemoryBound(1 << 30))];
      const shown = (histograms: ExplicitHistograms | ExponentialHistograms, row: number): unknown => {
        const isExplicit = histograms instanceof ExplicitHistograms;
        return pointOf(isExplicit ? 'histogram' : 'exponentialHistogram', (builder) => histograms.write(row, builder));
      };
      for (const [i, one] of all.entries()) {
        const other = each[i]!;
        for (const row of [0, 1, 1025]) for (const histograms of [one, other]) histograms.begin(row);
        one.observeAll(rows, values, times, observed.length);
        for (const [row, [value, often]] of observed) other.observe(row, value, often);
        for (const row of [0, 1, 1025]) expect(shown(one, row)).toEqual(shown(other, row));
      }
    }),
    { numRuns: runs },
  );
});

test('a bucket has the values above its lower bound and up to its upper one', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
      fc.integer({ min: coarsestScale, max: finestScale }),
      (value, scale) => {
        const index = bucketIndex(value, scale);
        // In powers of two, where rounding is small against a bucket of scale 20.
        const power = Math.log2(value);
        const slack = 1e-12 * Math.max(1, Math.abs(power)) + 2 ** -45;
        expect(index / 2 ** scale).toBeLessThan(power + slack);
        expect((index + 1) / 2 ** scale).toBeGreaterThan(power - slack);
      },
    ),
    { numRuns: runs * 5 },
  );
  for (let scale = coarsestScale; scale <= finestScale; scale++)
    for (const exponent of [-1000, -20, -1, 0, 1, 2, 3, 10, 500, 1023]) {
      const exact = Math.ceil(exponent * 2 ** scale) - 1;
      expect([scale, exponent, bucketIndex(2 ** exponent, scale)]).toEqual([scale, exponent, exact]);
    }
});

test('the smallest numbers, and the largest, have the buckets at the ends', () => {
  for (let scale = coarsestScale; scale <= finestScale; scale++) {
    const most = scale > 0 ? 1024 * 2 ** scale - 1 : 1023 >> -scale;
    expect(bucketIndex(Number.MAX_VALUE, scale)).toBe(most);
    const least = scale > 0 ? -1022 * 2 ** scale - 1 : scale > -2 ? (-1022 >> -scale) - 1 : -1022 >> -scale;
    for (const small of [2 ** -1022, Number.MIN_VALUE, 2 ** -1050]) expect(bucketIndex(small, scale)).toBe(least);
  }
});

interface Reference {
  scale: number;
  readonly counts: Map<number, number>;
}

/** The library's rule on plain data: the scale falls until there are `size` buckets from first to last at most. */
function referenceObserve(reference: Reference, value: number, times: number, size: number): void {
  const index = bucketIndex(value, reference.scale);
  const all = [...reference.counts.keys(), index];
  let low = Math.min(...all);
  let high = Math.max(...all);
  let change = 0;
  while (high - low >= size) {
    low >>= 1;
    high >>= 1;
    change++;
  }
  if (change > 0) {
    const before = [...reference.counts];
    reference.counts.clear();
    for (const [at, count] of before) {
      const to = Math.floor(at / 2 ** change);
      reference.counts.set(to, (reference.counts.get(to) ?? 0) + count);
    }
    reference.scale -= change;
  }
  const at = bucketIndex(value, reference.scale);
  reference.counts.set(at, (reference.counts.get(at) ?? 0) + times);
}

function expectExponential(point: Tree, observed: readonly (readonly [number, number])[], reference: Reference): void {
  const total = observed.reduce((all, [, times]) => all + times, 0);
  const zeros = observed.reduce((all, [value, times]) => all + (value === 0 ? times : 0), 0);
  expect(point['count'] ?? 0n).toBe(BigInt(total));
  expect(point['zero_count'] ?? 0n).toBe(BigInt(zeros));
  expect(point['sum'] ?? 0).toBe(observed.reduce((all, [value, times]) => all + value * times, 0));
  if (total > 0) {
    expect(point['min'] ?? 0).toBe(Math.min(...observed.map(([value]) => value)));
    expect(point['max'] ?? 0).toBe(Math.max(...observed.map(([value]) => value)));
  }
  if (reference.counts.size === 0) expect(point['positive']).toBeUndefined();
  else {
    const { offset = 0, bucket_counts: buckets } = point['positive'] as Tree;
    const low = Math.min(...reference.counts.keys());
    const high = Math.max(...reference.counts.keys());
    expect(offset).toBe(low);
    expect(buckets).toEqual(
      Array.from({ length: high - low + 1 }, (_, i) => BigInt(reference.counts.get(low + i) ?? 0)),
    );
  }
  expect(point['scale'] ?? 0).toBe(reference.scale);
}

test('an exponential histogram has the buckets of the plain rule', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 2, max: 12 }), fc.constant(160)),
      fc.array(observation, { maxLength: 80 }),
      (size, observed) => {
        const bound = new MemoryBound(1 << 30);
        const histograms = new ExponentialHistograms(size, bound);
        for (const row of [0, 1]) histograms.begin(row);
        const reference: Reference = { scale: finestScale, counts: new Map() };
        for (const [value, times] of observed) {
          histograms.observe(1, value, times);
          if (value > 0) referenceObserve(reference, value, times, size);
        }
        expectExponential(
          pointOf('exponentialHistogram', (builder) => histograms.write(1, builder)),
          observed,
          reference,
        );
        expect(histograms.countOf(0)).toBe(0);
        histograms.clear(1);
        expect([bound.used, histograms.countOf(1)]).toEqual([0, 0]);
      },
    ),
    { numRuns: runs },
  );
});

/** Expects that each value that is not 0 is in the bucket that the scale of the row has for it. */
function expectPlaced(
  histograms: ExponentialHistograms,
  row: number,
  observed: readonly (readonly [number, number])[],
  size: number,
): void {
  const point = pointOf('exponentialHistogram', (builder) => histograms.write(row, builder));
  const positive = (point['positive'] ?? {}) as Tree;
  const buckets = (positive['bucket_counts'] ?? []) as bigint[];
  const total = observed.reduce((all, [value, times]) => all + (value > 0 ? times : 0), 0);
  expect(buckets.reduce((all, one) => all + one, 0n)).toBe(BigInt(total));
  expect(buckets.length).toBeLessThanOrEqual(size);
  const expected = new Map<number, bigint>();
  const scale = Number(point['scale'] ?? 0);
  for (const [value, times] of observed) {
    if (value === 0) continue;
    const index = bucketIndex(value, scale);
    expected.set(index, (expected.get(index) ?? 0n) + BigInt(times));
  }
  const offset = Number(positive['offset'] ?? 0);
  for (const [i, count] of buckets.entries()) expect(count).toBe(expected.get(offset + i) ?? 0n);
}

test('without memory an exponential histogram is coarser, and counts all the same', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 160 }),
      fc.array(observation, { maxLength: 80 }),
      fc.nat({ max: 80 }),
      (size, observed, full) => {
        const bound = new MemoryBound(1 << 30);
        const histograms = new ExponentialHistograms(size, bound);
        histograms.begin(0);
        for (const [i, [value, times]] of observed.entries()) {
          if (i === full) bound.limit = 0;
          histograms.observe(0, value, times);
        }
        expectPlaced(histograms, 0, observed, size);
        // Four buckets of one byte, which become few wide ones.
        if (full === 0) expect(bound.used).toBeLessThanOrEqual(40);
      },
    ),
    { numRuns: runs },
  );
});

test('without memory no histogram grows into the memory of another one', () => {
  // Buckets of one byte that are nearly full, so that joined ones need two, at distances that have them joined.
  const near = fc.tuple(
    fc.integer({ min: -400, max: 400 }).map((step) => 2 ** ((step + 0.5) / 32)),
    fc.oneof(fc.constant(1), fc.integer({ min: 200, max: 300 })),
  );
  const step = fc.tuple(fc.nat({ max: 5 }), fc.oneof({ weight: 4, arbitrary: near }, observation));
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constant(160)),
      fc.array(step, { minLength: 40, maxLength: 300 }),
      fc.nat({ max: 200 }),
      (size, steps, full) => {
        const bound = new MemoryBound(1 << 30);
        const histograms = new ExponentialHistograms(size, bound);
        const observed = Array.from({ length: 6 }, (): (readonly [number, number])[] => []);
        for (const row of observed.keys()) histograms.begin(row);
        for (const [i, [row, [value, times]]] of steps.entries()) {
          if (i === full) bound.limit = bound.used;
          histograms.observe(row, value, times);
          observed[row]!.push([value, times]);
        }
        for (const [row, values] of observed.entries()) expectPlaced(histograms, row, values, size);
      },
    ),
    { numRuns: runs },
  );
});

test('a size is corrected as the library corrects it', () => {
  expect([0, -1, 1, 2, 160, 16_384, 20_000].map(exponentialSize)).toEqual([160, 160, 2, 2, 160, 16_384, 16_384]);
});
