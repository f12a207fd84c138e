import type { ExponentialHistogramPointView, HistogramPointView } from '../../../otlp/view/points.js';
import { OttlError } from '../../ottl-error.js';
import { exp2, log2 } from './binary-logarithm.js';

/**
 * An estimate of a percentile (0 to 100) of what a histogram has counted, evenly spread in its bucket; undefined for a
 * point that does not say. Throws an `OttlError` in the Collector's words for a malformed one.
 */
export function histogramPercentile(point: HistogramPointView, percentile: number): number | undefined {
  const counts = numbers(point.bucketCounts());
  const total = point.count.toNumber();
  if (total === 0 || counts.length === 0) return undefined;
  const bounds: number[] = [];
  for (const bound = point.explicitBounds(); bound.next();) bounds.push(bound.value);
  if (counts.length !== bounds.length + 1)
    throw new OttlError(
      `calculating histogram percentile: malformed data: bucketCounts length (${counts.length}) ` +
        `!= explicitBounds length (${bounds.length}) + 1`,
    );
  const target = Math.ceil(total * (percentile / 100));
  const { bucket, ratio } = locate(counts, target, 0, 'histogram');
  const [low, high] = edges(point, bounds, bucket);
  if (low === undefined || high === undefined) return low ?? high;
  return between(low, high, ratio, 'linear');
}

type Edges = readonly [low?: number | undefined, high?: number | undefined];

/** The edges of a bucket; one of them alone where the other one is not known, none where neither is. */
function edges(point: HistogramPointView, bounds: readonly number[], bucket: number): Edges {
  const [first] = bounds;
  if (first === undefined) return point.hasMin && point.hasMax ? [point.min, point.max] : [];
  if (bucket === 0) {
    if (point.hasMin && point.min < first) return [point.min, first];
    return first < 0 ? [undefined, first] : [0, first];
  }
  const low = bounds[bucket - 1] ?? 0;
  if (bucket < bounds.length) return [low, bounds[bucket]];
  return point.hasMax && point.max > low ? [low, point.max] : [low];
}

/** The same for an exponential histogram, with counts spread by their logarithms. */
export function exponentialPercentile(point: ExponentialHistogramPointView, percentile: number): number | undefined {
  const total = point.count.toNumber();
  const negative = { offset: point.negative.offset, counts: numbers(point.negative.bucketCounts()) };
  const positive = { offset: point.positive.offset, counts: numbers(point.positive.bucketCounts()) };
  const zeros = point.zeroCount.toNumber();
  if (total === 0 || (negative.counts.length === 0 && positive.counts.length === 0 && zeros === 0)) return undefined;
  const target = Math.ceil(total * (percentile / 100));
  const below = sum(negative.counts);
  if (below >= target) {
    const { bucket, ratio } = locate(negative.counts.toReversed(), target, 0, 'exponential histogram');
    const index = negative.offset + negative.counts.length - 1 - bucket;
    const [low, high] = [bound(index, point.scale), bound(index + 1, point.scale)];
    return -between(low, high, 1 - ratio, 'logarithmic');
  }
  if (below + zeros >= target) {
    const { zeroThreshold } = point;
    const low = negative.counts.length === 0 && positive.counts.length > 0 ? 0 : -zeroThreshold;
    const high = positive.counts.length === 0 && negative.counts.length > 0 ? 0 : zeroThreshold;
    return between(low, high, (target - below) / zeros, 'linear');
  }
  const { bucket, ratio } = locate(positive.counts, target, below + zeros, 'exponential histogram');
  const index = positive.offset + bucket;
  return between(bound(index, point.scale), bound(index + 1, point.scale), ratio, 'logarithmic');
}

/** The bucket in which the count reaches a target, and how far into it. */
function locate(
  counts: readonly number[],
  target: number,
  before: number,
  what: string,
): { readonly bucket: number; readonly ratio: number } {
  let reached = before;
  for (const [bucket, count] of counts.entries()) {
    if (reached + count >= target) return { bucket, ratio: (target - reached) / count };
    reached += count;
  }
  throw new OttlError(
    `calculating ${what} percentile: malformed data: cumulative count doesn't reach target count corresponding to ` +
      `percentile. targetCount=${target}, total count=${reached}`,
  );
}

function between(low: number, high: number, ratio: number, how: 'linear' | 'logarithmic'): number {
  if (!(ratio >= 0 && ratio <= 1))
    throw new OttlError(`${how} interpolation: invalid ratio ${ratio.toFixed(6)}, must be between 0 and 1`);
  if (how === 'linear') return low + ratio * (high - low);
  if (low <= 0 || high <= 0)
    throw new OttlError(
      'logarithmic interpolation: bounds must be positive, got ' +
        `lowerBound=${low.toFixed(6)}, upperBound=${high.toFixed(6)}`,
    );
  const from = log2(low);
  return exp2(from + (log2(high) - from) * ratio);
}

/** The lower bound of a bucket of an exponential histogram. */
export function bound(index: number, scale: number): number {
  return scale <= 0 ? 2 ** (index * 2 ** -scale) : Math.exp(index * (Math.LN2 * 2 ** -scale));
}

export function numbers(list: { next(): boolean; readonly value: { toNumber(): number } }): number[] {
  const all: number[] = [];
  while (list.next()) all.push(list.value.toNumber());
  return all;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
