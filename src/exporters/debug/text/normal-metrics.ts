import type { MetricView } from '../../../otlp/view/metric.js';
import {
  type ExponentialHistogramPointView,
  type HistogramPointView,
  type NumberPointView,
  type PointView,
  type SummaryPointView,
} from '../../../otlp/view/points.js';
import { writePairs } from './attributes.js';
import { bucketBound, writeReversed } from './buckets.js';
import { goFixed, goShortest, signedText, unsignedText } from './number.js';
import type { TextPage, Writing } from './text-page.js';

/** A line for each data point. */
export function* writeMetricLines(page: TextPage, metric: MetricView): Writing {
  page.readMessage(metric);
  switch (metric.type) {
    case 'histogram':
      yield* writePoints(page, metric, metric.histogramPoints(), writeHistogram);
      return;
    case 'exponentialHistogram':
      yield* writePoints(page, metric, metric.exponentialHistogramPoints(), writeExponential);
      return;
    case 'summary':
      yield* writePoints(page, metric, metric.summaryPoints(), writeSummary);
      return;
    default:
      yield* writePoints(page, metric, metric.numberPoints(), writeNumber);
  }
}

function* writePoints<Point extends PointView>(
  page: TextPage,
  metric: MetricView,
  point: Point,
  write: (page: TextPage, point: Point) => Writing,
): Writing {
  while (point.next()) {
    page.addText(metric.name);
    page.add('{');
    yield* writePairs(page, point, '', ',');
    page.add('} ');
    yield* write(page, point);
    page.add('\n');
    if (page.isFull) yield;
  }
}

function* writeNumber(page: TextPage, point: NumberPointView): Writing {
  if (point.type === 'int') page.add(signedText(point.asInt));
  else if (point.type === 'double') page.add(goShortest(point.asDouble));
  if (page.isFull) yield;
}

function addTotals(page: TextPage, point: HistogramPointView | ExponentialHistogramPointView): void {
  page.add(`count=${unsignedText(point.count)}`);
  if (point.hasSum) page.add(` sum=${goShortest(point.sum)}`);
  if (point.hasMin) page.add(` min=${goShortest(point.min)}`);
  if (point.hasMax) page.add(` max=${goShortest(point.max)}`);
}

function* writeHistogram(page: TextPage, point: HistogramPointView): Writing {
  addTotals(page, point);
  const bounds = point.explicitBounds();
  page.readMessage(point);
  for (const counts = point.bucketCounts(); counts.next();) {
    // A count without its bound is the one of everything above.
    page.add(` ${bounds.next() ? `le${goShortest(bounds.value)}=` : ''}${unsignedText(counts.value)}`);
    if (page.isFull) yield;
  }
}

function* writeExponential(page: TextPage, point: ExponentialHistogramPointView): Writing {
  addTotals(page, point);
  const bound = bucketBound(point.scale);
  const { offset: below } = point.negative;
  yield* writeReversed(page, point.negative.bucketCounts(), (i, count) => {
    page.add(` le${goShortest(-bound(below, i))}=${count}`);
  });
  if (!point.zeroCount.isZero) page.add(` zero=${unsignedText(point.zeroCount)}`);
  const { offset: above } = point.positive;
  const counts = point.positive.bucketCounts();
  for (let i = 0; counts.next(); i++) {
    page.add(` le${goShortest(bound(above, i + 1))}=${unsignedText(counts.value)}`);
    if (page.isFull) yield;
  }
}

function* writeSummary(page: TextPage, point: SummaryPointView): Writing {
  page.add(`count=${unsignedText(point.count)} sum=${goFixed(point.sum)}`);
  for (const values = point.quantileValues(); values.next();) {
    page.add(` q${goShortest(values.quantile)}=${goShortest(values.value)}`);
    if (page.isFull) yield;
  }
}
