import type { ExemplarView } from '../../../otlp/view/exemplar.js';
import type { MetricType, MetricView } from '../../../otlp/view/metric.js';
import type {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  PointView,
  SummaryPointView,
} from '../../../otlp/view/points.js';
import { writeAttributes } from './attributes.js';
import { bucketBound, writeReversed } from './buckets.js';
import { goFixed, idText, signedText, unsignedText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import { timeText } from './time.js';

const temporalities = ['Unspecified', 'Delta', 'Cumulative'];

const typeNames: Readonly<Record<MetricType, string>> = {
  empty: 'Empty',
  gauge: 'Gauge',
  sum: 'Sum',
  histogram: 'Histogram',
  exponentialHistogram: 'ExponentialHistogram',
  summary: 'Summary',
};

export function* writeMetric(page: TextPage, metric: MetricView, number: number): Writing {
  const { type } = metric;
  page.add(`Metric #${number}\nDescriptor:\n     -> Name: `);
  page.addText(metric.name);
  page.add('\n     -> Description: ');
  page.addText(metric.description);
  page.add('\n     -> Unit: ');
  page.addText(metric.unit);
  page.add(`\n     -> DataType: ${typeNames[type]}\n`);
  if (type === 'sum') page.add(`     -> IsMonotonic: ${metric.isMonotonic}\n`);
  if (type === 'sum' || type === 'histogram' || type === 'exponentialHistogram')
    page.add(`     -> AggregationTemporality: ${temporalities[metric.aggregationTemporality] ?? ''}\n`);
  page.readMessage(metric);
  switch (type) {
    case 'gauge':
    case 'sum':
      yield* writePoints(page, 'NumberDataPoints', metric.numberPoints(), writeNumber);
      return;
    case 'histogram':
      yield* writePoints(page, 'HistogramDataPoints', metric.histogramPoints(), writeHistogram);
      return;
    case 'exponentialHistogram':
      yield* writePoints(page, 'ExponentialHistogramDataPoints', metric.exponentialHistogramPoints(), writeExponential);
      return;
    case 'summary':
      yield* writePoints(page, 'SummaryDataPoints', metric.summaryPoints(), writeSummary);
      return;
    default:
  }
}

function* writePoints<Point extends PointView>(
  page: TextPage,
  title: string,
  point: Point,
  write: (page: TextPage, point: Point) => Writing,
): Writing {
  for (let i = 0; point.next(); i++) {
    page.add(`${title} #${i}\n`);
    yield* writeAttributes(page, 'Data point attributes:', point);
    page.add(`StartTimestamp: ${timeText(point.startTimeUnixNano)}\nTimestamp: ${timeText(point.timeUnixNano)}\n`);
    yield* write(page, point);
    if (page.isFull) yield;
  }
}

function* writeNumber(page: TextPage, point: NumberPointView): Writing {
  page.add(valueLine('', point));
  yield* writeExemplars(page, point, point.exemplars());
}

/** The value of a point or an exemplar, which may have none. */
function valueLine(indent: string, value: NumberPointView | ExemplarView): string {
  if (value.type === 'empty') return '';
  return `${indent}Value: ${value.type === 'int' ? signedText(value.asInt) : goFixed(value.asDouble)}\n`;
}

function addTotals(page: TextPage, point: HistogramPointView | ExponentialHistogramPointView): void {
  page.add(`Count: ${unsignedText(point.count)}\n`);
  if (point.hasSum) page.add(`Sum: ${goFixed(point.sum)}\n`);
  if (point.hasMin) page.add(`Min: ${goFixed(point.min)}\n`);
  if (point.hasMax) page.add(`Max: ${goFixed(point.max)}\n`);
}

function* writeHistogram(page: TextPage, point: HistogramPointView): Writing {
  addTotals(page, point);
  const bounds = point.explicitBounds();
  for (let i = 0; bounds.next(); i++) {
    page.add(`ExplicitBounds #${i}: ${goFixed(bounds.value)}\n`);
    if (page.isFull) yield;
  }
  page.readMessage(point);
  const counts = point.bucketCounts();
  for (let i = 0; counts.next(); i++) {
    page.add(`Buckets #${i}, Count: ${unsignedText(counts.value)}\n`);
    if (page.isFull) yield;
  }
  yield* writeExemplars(page, point, point.exemplars());
}

function* writeExponential(page: TextPage, point: ExponentialHistogramPointView): Writing {
  addTotals(page, point);
  const bound = bucketBound(point.scale);
  const { offset: below } = point.negative;
  yield* writeReversed(page, point.negative.bucketCounts(), (i, count) => {
    page.add(`Bucket [-${goFixed(bound(below, i + 1))}, -${goFixed(bound(below, i))}), Count: ${count}\n`);
  });
  if (!point.zeroCount.isZero) page.add(`Bucket [0, 0], Count: ${unsignedText(point.zeroCount)}\n`);
  const { offset: above } = point.positive;
  const counts = point.positive.bucketCounts();
  for (let i = 0; counts.next(); i++) {
    const range = `(${goFixed(bound(above, i))}, ${goFixed(bound(above, i + 1))}]`;
    page.add(`Bucket ${range}, Count: ${unsignedText(counts.value)}\n`);
    if (page.isFull) yield;
  }
  yield* writeExemplars(page, point, point.exemplars());
}

function* writeSummary(page: TextPage, point: SummaryPointView): Writing {
  page.add(`Count: ${unsignedText(point.count)}\nSum: ${goFixed(point.sum)}\n`);
  const values = point.quantileValues();
  for (let i = 0; values.next(); i++) {
    page.add(`QuantileValue #${i}: Quantile ${goFixed(values.quantile)}, Value ${goFixed(values.value)}\n`);
    if (page.isFull) yield;
  }
}

function* writeExemplars(page: TextPage, point: PointView, exemplar: ExemplarView): Writing {
  page.readMessage(point);
  for (let i = 0; exemplar.next(); i++) {
    page.add(
      `${i === 0 ? 'Exemplars:\n' : ''}Exemplar #${i}\n     -> Trace ID: ${idText(exemplar.traceId)}\n` +
        `     -> Span ID: ${idText(exemplar.spanId)}\n     -> Timestamp: ${timeText(exemplar.timeUnixNano)}\n` +
        valueLine('     -> ', exemplar),
    );
    yield* writeAttributes(page, '     -> FilteredAttributes:', exemplar, '          ');
    if (page.isFull) yield;
  }
}
