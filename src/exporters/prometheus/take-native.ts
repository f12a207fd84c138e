import type { BucketsView, ExponentialHistogramPointView } from '../../otlp/view/points.js';
import type { BucketRun, PointData } from '../../prometheus/exposed.js';
import { defaultZeroThreshold, leastScale } from '../../prometheus/native.js';
import { mergeRuns } from './merge-runs.js';
import type { PointOutcome } from './outcome.js';
import { Scratch } from './scratch.js';
import type { PageSeries } from './page-series.js';

type NativeData = Extract<PointData, { kind: 'native' }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const positives = new Scratch();
const negatives = new Scratch();
const highestIndex = 2 ** 31 - 1;

const bytesOf = ({ positive, negative }: NativeData): number =>
  512 + (positive.counts.length + negative.counts.length) * 8;

/** Stores an exponential histogram. A delta that begins where the last one ended is added, at the coarser scale. */
export function takeNative(
  series: PageSeries,
  point: ExponentialHistogramPointView,
  delta: boolean,
  resize: (series: PageSeries, bytes: number) => boolean,
): PointOutcome {
  const { scale } = point;
  if (scale < leastScale) return 'unsupported_scale';
  const order = series.time.compare(point.timeUnixNano);
  const gap = series.time.compare(point.startTimeUnixNano);
  if (series.filled && (delta ? gap > 0 : order > 0)) return delta ? 'overlapping_delta' : 'out_of_order';
  const before = series.filled && series.data.kind === 'native' ? series.data : undefined;
  if (!read(positives, point.positive) || !read(negatives, point.negative)) return 'invalid_histogram';
  const joins = delta && before !== undefined && gap === 0;
  if (before && !joins && fits(before)) replace(before, point);
  else {
    const given: NativeData = {
      kind: 'native',
      count: point.count.toNumber(),
      sum: point.sum,
      scale,
      zeroCount: point.zeroCount.toNumber(),
      zeroThreshold: point.zeroThreshold || defaultZeroThreshold,
      positive: { offset: point.positive.offset, counts: positives.into(undefined) },
      negative: { offset: point.negative.offset, counts: negatives.into(undefined) },
    };
    const data = joins ? added(before, given) : given;
    if (!resize(series, bytesOf(data))) return 'series_limit';
    series.data = data;
  }
  if (!joins) series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}

/** False when an index leaves its range. */
function read(counts: Scratch, buckets: BucketsView): boolean {
  return buckets.offset + counts.counts(buckets.bucketCounts()).length <= highestIndex;
}

const fits = ({ positive, negative }: NativeData): boolean =>
  positive.counts.length === positives.length && negative.counts.length === negatives.length;

/** Most points have as many buckets as the one before, whose memory they take. */
function replace(data: Writable<NativeData>, point: ExponentialHistogramPointView): void {
  data.count = point.count.toNumber();
  data.sum = point.sum;
  data.scale = point.scale;
  data.zeroCount = point.zeroCount.toNumber();
  data.zeroThreshold = point.zeroThreshold || defaultZeroThreshold;
  replaceRun(data.positive, positives, point.positive.offset);
  replaceRun(data.negative, negatives, point.negative.offset);
}

function replaceRun(run: Writable<BucketRun>, counts: Scratch, offset: number): void {
  run.offset = offset;
  counts.into(run.counts);
}

function added(a: NativeData, b: NativeData): NativeData {
  const merged = mergeRuns(a, b);
  if (!merged) return b;
  return {
    ...merged,
    kind: 'native',
    count: a.count + b.count,
    sum: a.sum + b.sum,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
  };
}
