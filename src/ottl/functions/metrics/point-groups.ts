import type { MetricView } from '../../../otlp/view/metric.js';
import type { PointView } from '../../../otlp/view/points.js';
import { goJson } from '../../go-json.js';
import { readValue } from '../../read-value.js';
import type { Value } from '../../value.js';

const delta = 1;

/**
 * The points of a metric that become one: those with the same attributes and time, of delta temporality also the same
 * start, and of histograms the same buckets. Each group has the places of its points.
 */
export function groupsOf(metric: MetricView): readonly (readonly number[])[] {
  const isDelta = metric.aggregationTemporality === delta;
  const groups = new Map<string, number[]>();
  let place = 0;
  for (const [point, kind] of pointsOf(metric)) {
    const start = isDelta ? point.startTimeUnixNano.toBigInt() : '';
    const key = `${attributesText(point)} ${point.timeUnixNano.toBigInt()} ${start} ${kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
    place++;
  }
  return [...groups.values()];
}

function* pointsOf(metric: MetricView): Generator<[PointView, kind: string]> {
  if (metric.type === 'histogram') {
    for (const point = metric.histogramPoints(); point.next();) {
      const bounds: number[] = [];
      for (const bound = point.explicitBounds(); bound.next();) bounds.push(bound.value);
      yield [point, [bounds.join(), point.hasMin, point.hasMax, point.flags].join(' ')];
    }
  } else if (metric.type === 'exponentialHistogram') {
    for (const point = metric.exponentialHistogramPoints(); point.next();) {
      const { scale, hasMin, hasMax, flags, negative, positive } = point;
      yield [point, [scale, hasMin, hasMax, flags, negative.offset, positive.offset].join(' ')];
    }
  } else for (const point = metric.numberPoints(); point.next();) yield [point, ''];
}

function attributesText(point: PointView): string {
  const map = new Map<string, Value>();
  for (const entry = point.attributes(); entry.next();) {
    const key = entry.key.toString();
    if (!map.has(key)) map.set(key, readValue(entry.value));
  }
  const sorted = [...map].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  // A NaN has no JSON; two such attributes are not the same.
  return sorted.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join();
}

function textOf(value: Value): string {
  if (typeof value === 'number') return String(value);
  return value === undefined ? 'null' : goJson(value);
}
