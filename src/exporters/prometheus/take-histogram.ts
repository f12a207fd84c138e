import type { HistogramPointView } from '../../otlp/view/points.js';
import type { PointData } from '../../prometheus/exposed.js';
import type { PointOutcome } from './outcome.js';
import { Scratch } from './scratch.js';
import type { PageSeries } from './page-series.js';

type HistogramData = Extract<PointData, { kind: 'histogram' }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const bounds = new Scratch();
const counts = new Scratch();

/** Bytes of a histogram with this many bounds. */
const bytesOf = (length: number): number => 256 + length * 16;

/**
 * Stores a histogram. A delta that begins where the last one ended is added where its bounds are the same, and
 * otherwise takes its place, as one that begins later does.
 */
export function takeHistogram(
  series: PageSeries,
  point: HistogramPointView,
  delta: boolean,
  resize: (series: PageSeries, bytes: number) => boolean,
): PointOutcome {
  const order = series.time.compare(point.timeUnixNano);
  const gap = series.time.compare(point.startTimeUnixNano);
  if (series.filled && (delta ? gap > 0 : order > 0)) return delta ? 'overlapping_delta' : 'out_of_order';
  bounds.doubles(point.explicitBounds());
  counts.counts(point.bucketCounts());
  const before =
    series.filled && series.data.kind === 'histogram' ? (series.data as Writable<HistogramData>) : undefined;
  const ordered = ascending() ? undefined : sorted();
  const same = before !== undefined && (ordered ? equal(before.bounds, ordered.bounds) : bounds.equals(before.bounds));
  const count = point.count.toNumber();
  const joins = delta && before !== undefined && gap === 0;
  if (!same && !resize(series, bytesOf(ordered?.bounds.length ?? bounds.length))) return 'series_limit';
  if (before && same) {
    const added = joins ? 1 : 0;
    for (let i = 0; i < before.counts.length; i++)
      before.counts[i] = (before.counts[i] ?? 0) * added + (ordered ? (ordered.counts[i] ?? 0) : countAt(i));
    before.count = before.count * added + count;
    before.sum = (joins ? before.sum : 0) + point.sum;
  } else {
    series.data = {
      kind: 'histogram',
      count,
      sum: point.sum,
      bounds: ordered?.bounds ?? bounds.into(undefined),
      counts: ordered?.counts ?? counts.into(undefined, bounds.length),
    };
  }
  if (!joins) series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}

const countAt = (i: number): number => (i < counts.length ? counts.at(i) : 0);

function ascending(): boolean {
  for (let i = 1; i < bounds.length; i++) if (!(bounds.at(i) > bounds.at(i - 1))) return false;
  return true;
}

/** Bounds in ascending order, each once, with the count of its first bucket. */
function sorted(): { bounds: Float64Array; counts: Float64Array } {
  const byBound = new Map<number, number>();
  for (let i = 0; i < bounds.length; i++) if (!byBound.has(bounds.at(i))) byBound.set(bounds.at(i), countAt(i));
  const pairs = [...byBound].sort(([a], [b]) => a - b);
  return { bounds: Float64Array.from(pairs, ([bound]) => bound), counts: Float64Array.from(pairs, ([, one]) => one) };
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
