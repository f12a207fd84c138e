import { HistogramPointView, SummaryPointView, type PointView } from '../otlp/view/points.js';

/**
 * Bytes that one point may become. Each bucket and each quantile repeats the name and the labels of its series, so that
 * a point of 100 KB would otherwise become more than 100 MB, in one piece.
 */
export const mostPointBytes: number = 4 << 20;
/** Bytes of a series beside its name and labels: its value and its own label. */
const besideLabels = 32;
/** The series beside those of buckets and quantiles: sum, count, and the bucket of infinity. */
const totals = 3;
/** Bytes that a bucket or a quantile takes in a point at least. */
const leastBytes = 2;

/**
 * Whether the series of a point would take too many bytes.
 *
 * @param labelBytes - of the name and the labels of one series
 */
export function isTooLarge(point: PointView, labelBytes: number): boolean {
  if (!(point instanceof HistogramPointView || point instanceof SummaryPointView)) return false;
  const most = mostPointBytes / (labelBytes + besideLabels) - totals;
  // Nearly every point is known for small by its length alone.
  return (point.end - point.start) / leastBytes > most && partsOf(point) > most;
}

/** Bytes that the series of a point take, roughly. `labelBytes` as above. */
export function writtenBytes(point: PointView, labelBytes: number): number {
  const own = point.end - point.start;
  if (!(point instanceof HistogramPointView || point instanceof SummaryPointView)) return own + besideLabels;
  return own + (partsOf(point) + totals) * (labelBytes + besideLabels);
}

function partsOf(point: HistogramPointView | SummaryPointView): number {
  const parts = point instanceof HistogramPointView ? point.explicitBounds() : point.quantileValues();
  let count = 0;
  while (parts.next()) count++;
  return count;
}
