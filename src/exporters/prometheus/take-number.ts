import type { NumberPointView } from '../../otlp/view/points.js';
import type { PointOutcome } from './outcome.js';
import type { PageSeries } from './page-series.js';

/**
 * Stores a number. A delta that begins where the last one ended is added, one with another start begins anew; a point
 * that is older than the stored one is nothing new.
 */
export function takeNumber(series: PageSeries, point: NumberPointView, delta: boolean): PointOutcome {
  if (series.filled && series.time.compare(point.timeUnixNano) > 0) return 'out_of_order';
  const value = point.type === 'int' ? point.asInt.toSigned() : point.asDouble;
  const before = series.data.kind === 'number' ? series.data : undefined;
  const joins = delta && series.filled && series.time.compare(point.startTimeUnixNano) === 0;
  const sum = joins && before ? before.value + value : value;
  if (before && series.filled) setValue(before, sum);
  else series.data = { kind: 'number', value: sum };
  if (!joins) series.start.set(point.startTimeUnixNano);
  series.time.set(point.timeUnixNano);
  return 'stored';
}

/** Writers of a page only read. */
function setValue(data: { value: number }, value: number): void {
  data.value = value;
}
