import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetricBuilder } from '../otlp/build/metrics.js';
import { jsonText } from '../otlp/json/encode.js';
import { ExponentialHistograms } from './exponential-histograms.js';
import { MemoryBound } from './memory-bound.js';
import { SignedHistograms } from './signed-histograms.js';

interface Side {
  readonly offset?: number;
  readonly bucketCounts?: readonly string[];
}

interface Written {
  readonly count: string;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: Side;
  readonly negative?: Side;
}

function written(write: (to: MetricBuilder) => void): Written {
  const builder = new MetricBuilder();
  builder.resource().scope('s').metric('m').exponentialHistogram('delta').point(1);
  write(builder);
  const json = JSON.parse(jsonText('metrics', builder.finish().bytes)) as {
    readonly resourceMetrics: readonly {
      readonly scopeMetrics: readonly {
        readonly metrics: readonly { readonly exponentialHistogram: { readonly dataPoints: readonly Written[] } }[];
      }[];
    }[];
  };
  const point = json.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.exponentialHistogram.dataPoints[0];
  if (!point) throw new Error('no point was written');
  return point;
}

/** The counts of a side that is written at a scale, by the bounds of the buckets. */
function countsOf(side: Side | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [i, count] of (side?.bucketCounts ?? []).entries())
    if (Number(count) > 0) counts[(side?.offset ?? 0) + i] = Number(count);
  return counts;
}

/** Joins buckets until they are those of a coarser scale. */
function coarsened(counts: Record<string, number>, change: number): Record<string, number> {
  const joined: Record<string, number> = {};
  for (const [index, count] of Object.entries(counts)) {
    const place = Number(index) >> change;
    joined[place] = (joined[place] ?? 0) + count;
  }
  return joined;
}

const values = fc.array(fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 300 })), {
  minLength: 1,
  maxLength: 30,
});

test('values of either sign are counted as each sign alone, on the coarser scale of both', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 2, max: 20 }), (observed, size) => {
      const bound = new MemoryBound(Infinity);
      const signed = new SignedHistograms(size, bound);
      const above = new ExponentialHistograms(size, bound);
      const below = new ExponentialHistograms(size, bound);
      signed.begin(0);
      above.begin(0);
      below.begin(0);
      for (const [value, times] of observed) {
        signed.observe(0, value, times);
        if (value < 0) below.observe(0, -value, times);
        else above.observe(0, value, times);
      }
      const point = written((to) => signed.write(0, to));
      const [positive, negative] = [above, below].map((one) => written((to) => one.write(0, to)));
      const scale = Math.min(positive?.scale ?? 0, negative?.scale ?? 0);
      expect(point.scale ?? 0).toBe(scale);
      expect(countsOf(point.positive)).toEqual(coarsened(countsOf(positive?.positive), (positive?.scale ?? 0) - scale));
      expect(countsOf(point.negative)).toEqual(coarsened(countsOf(negative?.positive), (negative?.scale ?? 0) - scale));
      const all = observed.map(([value]) => value);
      expect([point.min, point.max].map((one) => (one ?? 0) + 0)).toEqual([Math.min(...all) + 0, Math.max(...all) + 0]);
      expect(Number(point.count)).toBe(observed.reduce((sum, [, times]) => sum + times, 0));
      const zeros = observed.reduce((sum, [value, times]) => sum + (value === 0 ? times : 0), 0);
      expect(Number(point.zeroCount ?? 0)).toBe(zeros);
      const exact = observed.reduce((sum, [value, times]) => sum + value * times, 0);
      expect(Math.abs((point.sum ?? 0) - exact)).toBeLessThanOrEqual(1e-3);
    }),
  );
});
