import type { SummaryPointView } from '../../otlp/view/points.js';
import type { PointData } from '../../prometheus/exposed.js';
import type { PointOutcome } from './outcome.js';
import { Scratch } from './scratch.js';
import type { PageSeries } from './page-series.js';

type SummaryData = Extract<PointData, { kind: 'summary' }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const quantiles = new Scratch();
const values = new Scratch();

/** Bytes of a summary with this many quantiles. */
const bytesOf = (length: number): number => 256 + length * 16;

/** Stores a summary: the newest one counts. It takes the place of the one before where the quantiles are the same. */
export function takeSummary(
  series: PageSeries,
  point: SummaryPointView,
  resize: (series: PageSeries, bytes: number) => boolean,
): PointOutcome {
  if (series.filled && series.time.compare(point.timeUnixNano) > 0) return 'out_of_order';
  quantiles.clear();
  values.clear();
  for (const one = point.quantileValues(); one.next();) {
    quantiles.add(one.quantile);
    values.add(one.value);
  }
  const before = series.filled && series.data.kind === 'summary' ? (series.data as Writable<SummaryData>) : undefined;
  if (before && quantiles.equals(before.quantiles)) {
    before.count = point.count.toNumber();
    before.sum = point.sum;
    values.into(before.values);
  } else {
    const pairs = sorted();
    if (!resize(series, bytesOf(pairs.length))) return 'series_limit';
    series.data = {
      kind: 'summary',
      count: point.count.toNumber(),
      sum: point.sum,
      quantiles: Float64Array.from(pairs, ([quantile]) => quantile),
      values: Float64Array.from(pairs, ([, value]) => value),
    };
  }
  series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}

/** Quantiles in ascending order, each once, with the value that was sent last. */
function sorted(): [quantile: number, value: number][] {
  const byQuantile = new Map<number, number>();
  for (let i = 0; i < quantiles.length; i++) byQuantile.set(quantiles.at(i), values.at(i));
  return [...byQuantile].sort(([a], [b]) => a - b);
}
