import type { ElementEditor } from '../../../otlp/edit/message-editor.js';
import { fieldOf, messageNumber, messages } from '../../../otlp/fields.js';
import { ExemplarView } from '../../../otlp/view/exemplar.js';
import { Layout } from '../../../otlp/view/layout.js';
import { AttributedView } from '../../../otlp/view/attributes.js';
import type { MetricView } from '../../../otlp/view/metric.js';
import type { ExponentialHistogramPointView, HistogramPointView } from '../../../otlp/view/points.js';
import { at, dataFieldOf, pointTypeOf, pointTypes } from '../../contexts/batch-scene.js';
import type { Scene } from '../../scene.js';
import { truncatedInt64 } from './int64-of.js';
import { mergeDoubles, mergeInts, type ValueMerge } from './merge-values.js';
import { groupsOf } from './point-groups.js';

const metricFields = messages[messageNumber('Metric')]?.fields ?? [];
// All kinds of data have their points in the same field.
const dataPoints = (['Sum', 'Histogram', 'ExponentialHistogram', 'Summary'] as const).map((data) =>
  fieldOf(data, 'data_points'),
);
const start = pointTypes.map((type) => fieldOf(type, 'start_time_unix_nano'));
const asInt = fieldOf('NumberDataPoint', 'as_int');
const asDouble = fieldOf('NumberDataPoint', 'as_double');

/** Opens the points of the metric of a scene for changes, and a view of them. */
export function openPoints(scene: Scene): { readonly points: ElementEditor; readonly view: AttributedView } {
  const number = dataFieldOf(at(scene).fields('item'));
  const type = pointTypeOf(number);
  const field = metricFields.find((candidate) => candidate.number === number);
  const list = dataPoints[type];
  if (field === undefined || list === undefined) throw new Error('the metric has no points');
  const points = at(scene).editor('item').child(field).elements(list);
  return { points, view: points.view(new AttributedView(new Layout(pointTypes[type] ?? 'NumberDataPoint'))) };
}

/** Writes the merged value of a group to its first point. */
type Merged = (point: ElementEditor) => void;

/** Merges the points of a metric that are the same but for their values; histograms are always added up. */
export function mergeSamePoints(scene: Scene, metric: MetricView, how: ValueMerge): void {
  const groups = groupsOf(metric).filter((group) => group.length > 1);
  if (groups.length === 0) return;
  const merged = new Map<number, Merged>();
  const gone = new Set<number>();
  const all = valuesOf(metric, how);
  for (const group of groups) {
    const [first = 0, ...others] = group;
    merged.set(first, all(group));
    for (const place of others) gone.add(place);
  }
  const { points } = openPoints(scene);
  for (let place = 0; points.next(); place++)
    if (gone.has(place)) points.remove();
    else merged.get(place)?.(points);
  at(scene).editor('item').leave();
}

function valuesOf(metric: MetricView, how: ValueMerge): (group: readonly number[]) => Merged {
  switch (metric.type) {
    case 'histogram':
      return totals(Array.from(histogramTotals(metric)), 1);
    case 'exponentialHistogram':
      return totals(Array.from(exponentialTotals(metric)), 2);
    default:
      return values(metric, how);
  }
}

interface NumberPoint {
  readonly int: bigint | undefined;
  readonly double: number;
  readonly start: bigint;
}

function values(metric: MetricView, how: ValueMerge): (group: readonly number[]) => Merged {
  const all: NumberPoint[] = [];
  for (const point = metric.numberPoints(); point.next();) {
    const int = point.type === 'int' ? point.asInt.toSignedBigInt() : undefined;
    all.push({ int, double: point.asDouble, start: point.startTimeUnixNano.toBigInt() });
  }
  return (group) => {
    const points = group.map((place) => all[place]).filter((point) => point !== undefined);
    const isInt = points[0]?.int !== undefined;
    // The first point decides whether the result is an integer.
    const int = isInt
      ? mergeInts(
          points.map((point) => point.int ?? truncatedInt64(point.double)),
          how,
        )
      : 0n;
    const double = isInt
      ? 0
      : mergeDoubles(
          points.map((point) => Number(point.int ?? point.double)),
          how,
        );
    const earliest = earliestOf(points);
    return (point) => {
      if (isInt) point.setNumber(asInt, int);
      else point.setNumber(asDouble, double);
      point.setNumber(start[0] as (typeof start)[0], earliest);
    };
  };
}

function earliestOf(points: readonly { readonly start: bigint }[]): bigint {
  return points.reduce((least, point) => (point.start < least ? point.start : least), points[0]?.start ?? 0n);
}

/** The sums of points of histograms. */
interface Totals {
  readonly start: bigint;
  readonly count: bigint;
  readonly sum: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** By name of the field that has them. */
  readonly counts: readonly (readonly bigint[])[];
  readonly exemplars: readonly ExemplarView[];
}

function* histogramTotals(metric: MetricView): Generator<Totals> {
  for (const point = metric.histogramPoints(); point.next();) {
    const counts: bigint[] = [];
    for (const each = point.bucketCounts(); each.next();) counts.push(each.value.toBigInt());
    yield { ...totalsOf(point), counts: [counts] };
  }
}

function* exponentialTotals(metric: MetricView): Generator<Totals> {
  for (const point = metric.exponentialHistogramPoints(); point.next();) {
    const counts = [point.positive, point.negative].map((buckets) => {
      const all: bigint[] = [];
      for (const each = buckets.bucketCounts(); each.next();) all.push(each.value.toBigInt());
      return all;
    });
    yield { ...totalsOf(point), counts };
  }
}

function totalsOf(point: HistogramPointView | ExponentialHistogramPointView): Omit<Totals, 'counts'> {
  const exemplars: ExemplarView[] = [];
  for (const each = point.exemplars(); each.next();) {
    const own = new ExemplarView();
    own.fields.copy(each.fields);
    exemplars.push(own);
  }
  return {
    start: point.startTimeUnixNano.toBigInt(),
    count: point.count.toBigInt(),
    sum: point.sum,
    min: point.hasMin ? point.min : undefined,
    max: point.hasMax ? point.max : undefined,
    exemplars,
  };
}

function totals(all: readonly Totals[], type: 1 | 2): (group: readonly number[]) => Merged {
  const message = pointTypes[type];
  return (group) => {
    const points = group.map((place) => all[place]).filter((point) => point !== undefined);
    const [first, ...rest] = points;
    const others = rest.filter(({ count }) => count > 0n);
    const counted = first === undefined ? others : [first, ...others];
    return (point) => {
      point.setNumber(start[type] as (typeof start)[0], earliestOf(counted));
      point.setNumber(fieldOf(message, 'count'), total(counted.map(({ count }) => count)));
      point.setNumber(
        fieldOf(message, 'sum'),
        counted.reduce((sum, each) => sum + each.sum, 0),
      );
      if (first?.min !== undefined)
        point.setNumber(fieldOf(message, 'min'), Math.min(...counted.map(({ min = 0 }) => min)));
      if (first?.max !== undefined)
        point.setNumber(fieldOf(message, 'max'), Math.max(...counted.map(({ max = 0 }) => max)));
      setCounts(point, type, counted);
      for (const { exemplars } of others)
        for (const exemplar of exemplars) point.add(fieldOf(message, 'exemplars')).copyFrom(exemplar);
      point.leave();
    };
  };
}

function setCounts(point: ElementEditor, type: 1 | 2, counted: readonly Totals[]): void {
  const lists = [0, 1].map((list) => added(counted.map(({ counts }) => counts[list] ?? [])));
  if (type === 1) {
    point.setNumbers(fieldOf('HistogramDataPoint', 'bucket_counts'), lists[0] ?? []);
    return;
  }
  for (const [index, name] of (['positive', 'negative'] as const).entries()) {
    const counts = lists[index] ?? [];
    if (counts.length === 0) continue;
    point.child(fieldOf('ExponentialHistogramDataPoint', name)).setNumbers(fieldOf('Buckets', 'bucket_counts'), counts);
    point.leave();
  }
}

function added(lists: readonly (readonly bigint[])[]): bigint[] {
  const longest = lists.reduce((most, list) => (list.length > most.length ? list : most), []);
  return longest.map((_, index) => total(lists.map((list) => list[index] ?? 0n)));
}

function total(counts: readonly bigint[]): bigint {
  return BigInt.asUintN(
    64,
    counts.reduce((sum, count) => sum + count, 0n),
  );
}
