import type { Exemplar, Metric, Point, Points } from './data.js';
import type { Lines } from './lines.js';
import { timeText } from './lines.js';
import { goFixed, number } from './number.js';

const temporalities = ['Unspecified', 'Delta', 'Cumulative'];

export function addMetric(lines: Lines, index: number, metric: Metric): void {
  const field = (name: string, value: string | boolean): void => lines.add(`     -> ${name}: ${value}`);
  lines.add(`Metric #${index}`);
  lines.add('Descriptor:');
  field('Name', metric.name ?? '');
  field('Description', metric.description ?? '');
  field('Unit', metric.unit ?? '');
  const temporality = (points: Points): void =>
    field('AggregationTemporality', temporalities[points.aggregationTemporality ?? 0] ?? '');
  if (metric.gauge) {
    field('DataType', 'Gauge');
    addPoints(lines, 'NumberDataPoints', metric.gauge, addNumber);
  } else if (metric.sum) {
    field('DataType', 'Sum');
    field('IsMonotonic', metric.sum.isMonotonic ?? false);
    temporality(metric.sum);
    addPoints(lines, 'NumberDataPoints', metric.sum, addNumber);
  } else if (metric.histogram) {
    field('DataType', 'Histogram');
    temporality(metric.histogram);
    addPoints(lines, 'HistogramDataPoints', metric.histogram, addHistogram);
  } else if (metric.exponentialHistogram) {
    field('DataType', 'ExponentialHistogram');
    temporality(metric.exponentialHistogram);
    addPoints(lines, 'ExponentialHistogramDataPoints', metric.exponentialHistogram, addExponential);
  } else if (metric.summary) {
    field('DataType', 'Summary');
    addPoints(lines, 'SummaryDataPoints', metric.summary, addSummary);
  } else field('DataType', 'Empty');
}

function addPoints(
  lines: Lines,
  title: string,
  { dataPoints }: Points,
  add: (lines: Lines, point: Point) => void,
): void {
  for (const [i, point] of (dataPoints ?? []).entries()) {
    lines.add(`${title} #${i}`);
    lines.attributes('Data point attributes:', point.attributes);
    lines.add(`StartTimestamp: ${timeText(point.startTimeUnixNano)}`);
    lines.add(`Timestamp: ${timeText(point.timeUnixNano)}`);
    add(lines, point);
    addExemplars(lines, point.exemplars);
  }
}

function addNumber(lines: Lines, point: Point): void {
  if (point.asInt !== undefined) lines.add(`Value: ${point.asInt}`);
  else if (point.asDouble !== undefined) lines.add(`Value: ${goFixed(number(point.asDouble))}`);
}

function addTotals(lines: Lines, point: Point): void {
  lines.add(`Count: ${point.count ?? 0}`);
  if (point.sum !== undefined) lines.add(`Sum: ${goFixed(number(point.sum))}`);
  if (point.min !== undefined) lines.add(`Min: ${goFixed(number(point.min))}`);
  if (point.max !== undefined) lines.add(`Max: ${goFixed(number(point.max))}`);
}

function addHistogram(lines: Lines, point: Point): void {
  addTotals(lines, point);
  for (const [i, bound] of (point.explicitBounds ?? []).entries())
    lines.add(`ExplicitBounds #${i}: ${goFixed(number(bound))}`);
  for (const [i, count] of (point.bucketCounts ?? []).entries()) lines.add(`Buckets #${i}, Count: ${count}`);
}

function addExponential(lines: Lines, point: Point): void {
  addTotals(lines, point);
  const factor = Math.LN2 * 2 ** -(point.scale ?? 0);
  const bound = (offset: number | undefined, i: number): string => goFixed(Math.exp(((offset ?? 0) + i) * factor));
  const { positive, negative } = point;
  for (const [i, count] of [...(negative?.bucketCounts ?? []).entries()].toReversed())
    lines.add(`Bucket [-${bound(negative?.offset, i + 1)}, -${bound(negative?.offset, i)}), Count: ${count}`);
  if (point.zeroCount !== undefined) lines.add(`Bucket [0, 0], Count: ${point.zeroCount}`);
  for (const [i, count] of (positive?.bucketCounts ?? []).entries())
    lines.add(`Bucket (${bound(positive?.offset, i)}, ${bound(positive?.offset, i + 1)}], Count: ${count}`);
}

function addSummary(lines: Lines, point: Point): void {
  lines.add(`Count: ${point.count ?? 0}`);
  lines.add(`Sum: ${goFixed(number(point.sum))}`);
  for (const [i, { quantile, value }] of (point.quantileValues ?? []).entries())
    lines.add(`QuantileValue #${i}: Quantile ${goFixed(number(quantile))}, Value ${goFixed(number(value))}`);
}

function addExemplars(lines: Lines, exemplars: readonly Exemplar[] | undefined): void {
  if (exemplars === undefined) return;
  lines.add('Exemplars:');
  for (const [i, exemplar] of exemplars.entries()) {
    lines.add(`Exemplar #${i}`);
    lines.add(`     -> Trace ID: ${exemplar.traceId ?? ''}`);
    lines.add(`     -> Span ID: ${exemplar.spanId ?? ''}`);
    lines.add(`     -> Timestamp: ${timeText(exemplar.timeUnixNano)}`);
    if (exemplar.asInt !== undefined) lines.add(`     -> Value: ${exemplar.asInt}`);
    else if (exemplar.asDouble !== undefined) lines.add(`     -> Value: ${goFixed(number(exemplar.asDouble))}`);
    lines.attributes('     -> FilteredAttributes:', exemplar.filteredAttributes, {}, '          ');
  }
}
