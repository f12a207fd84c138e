import type { SummaryPointView } from '../../otlp/view/points.js';
import type { PointOutcome } from './outcome.js';
import type { PageSeries } from './page-series.js';

/** Bytes of a summary with this many quantiles. */
const bytesOf = (length: number): number => 256 + length * 16;

/** Stores a summary: the newest one counts. */
export function takeSummary(
  series: PageSeries,
  point: SummaryPointView,
  resize: (series: PageSeries, bytes: number) => boolean,
): PointOutcome {
  if (series.filled && series.time.compare(point.timeUnixNano) > 0) return 'out_of_order';
  const byQuantile = new Map<number, number>();
  for (const one = point.quantileValues(); one.next();) byQuantile.set(one.quantile, one.value);
  if (!resize(series, bytesOf(byQuantile.size))) return 'series_limit';
  const pairs = [...byQuantile].sort(([a], [b]) => a - b);
  series.data = {
    kind: 'summary',
    count: point.count.toNumber(),
    sum: point.sum,
    quantiles: Float64Array.from(pairs, ([quantile]) => quantile),
    values: Float64Array.from(pairs, ([, value]) => value),
  };
  series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}
