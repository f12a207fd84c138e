import type { BucketsView, ExponentialHistogramPointView } from '../../otlp/view/points.js';
import type { BucketRun, PointData } from '../../prometheus/exposed.js';
import { defaultZeroThreshold, leastScale } from '../../prometheus/native.js';
import { mergeRuns } from './merge-runs.js';
import type { PointOutcome } from './outcome.js';
import { Scratch } from './scratch.js';
import type { PageSeries } from './page-series.js';

type NativeData = Extract<PointData, { kind: 'native' }>;

const counts = new Scratch();
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
  const positive = run(point.positive);
  const negative = run(point.negative);
  if (!positive || !negative) return 'invalid_histogram';
  const given: NativeData = {
    kind: 'native',
    count: point.count.toNumber(),
    sum: point.sum,
    scale,
    zeroCount: point.zeroCount.toNumber(),
    zeroThreshold: point.zeroThreshold || defaultZeroThreshold,
    positive,
    negative,
  };
  const joins = delta && before !== undefined && gap === 0;
  const data = joins ? added(before, given) : given;
  if (!resize(series, bytesOf(data))) return 'series_limit';
  series.data = data;
  if (!joins) series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}

/** Undefined when an index leaves its range. */
function run(buckets: BucketsView): BucketRun | undefined {
  const { offset } = buckets;
  counts.counts(buckets.bucketCounts());
  if (offset + counts.length > highestIndex) return undefined;
  return { offset, counts: counts.into(undefined) };
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
