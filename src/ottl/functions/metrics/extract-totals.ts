import { MetricView } from '../../../otlp/view/metric.js';
import type { PointView } from '../../../otlp/view/points.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { literalBool, literalString, optional } from '../../parameters.js';
import { detailsOf, MetricBody } from './metric-body.js';
import { metricOf, metricTypeName } from './metric-of.js';
import { temporalityNamed } from './temporality.js';

/** Of the points of histograms and summaries, the sum or the count. */
type Total = 'sum' | 'count';

const cumulative = 2;

const summaryParameters = {
  string_agg_temp: literalString(),
  monotonic: literalBool(),
  suffix: optional(literalString()),
};

/** Adds a sum metric with the counts, or the sums, of a histogram or summary. */
export const extractCountMetric: Editor = extract('extract_count_metric', 'count');
export const extractSumMetric: Editor = extract('extract_sum_metric', 'sum');

/** The same for summaries, in the context of data points: each point makes a metric. */
export const summaryCountToSum: Editor = fromSummary('convert_summary_count_val_to_sum', 'count');
export const summarySumToSum: Editor = fromSummary('convert_summary_sum_val_to_sum', 'sum');

function extract(name: string, total: Total): Editor {
  return editor(name, { monotonic: literalBool(), suffix: optional(literalString()) }, ({ monotonic, suffix }) => {
    const view = new MetricView();
    const body = new MetricBody();
    return (scene) => {
      const metric = metricOf(scene, view);
      if (metric.type === 'empty' || metric.type === 'gauge' || metric.type === 'sum')
        throw new OttlError(
          `${name} requires an input metric of type Histogram, ExponentialHistogram or Summary, ` +
            `got ${metricTypeName(metric)}`,
        );
      const temporality = metric.type === 'summary' ? cumulative : metric.aggregationTemporality;
      if (temporality === 0) throw new OttlError(`${name} requires an input metric with an aggregation temporality`);
      const details = detailsOf(metric, metric.name.toString() + (suffix ?? `_${total}`));
      // The unit of what was measured is none of how often it was.
      const unit = total === 'count' ? '1' : details.unit;
      body.begin({ ...details, unit }, { type: 'sum', temporality, isMonotonic: monotonic });
      addTotals(metric, total, body);
      const made = body.finish();
      if (made !== undefined) at(scene).add(made);
    };
  });
}

function addTotals(metric: MetricView, total: Total, body: MetricBody): void {
  if (metric.type === 'histogram') {
    for (const point = metric.histogramPoints(); point.next();)
      if (total === 'count' || point.hasSum) body.point(point, totalOf(point, total));
  } else if (metric.type === 'exponentialHistogram') {
    for (const point = metric.exponentialHistogramPoints(); point.next();)
      if (total === 'count' || point.hasSum) body.point(point, totalOf(point, total));
  } else for (const point = metric.summaryPoints(); point.next();) body.point(point, totalOf(point, total));
}

type TotalledPoint = PointView & { readonly count: { toSignedBigInt(): bigint }; readonly sum: number };

function totalOf(point: TotalledPoint, total: Total): bigint | number {
  return total === 'count' ? point.count.toSignedBigInt() : point.sum;
}

function fromSummary(name: string, total: Total): Editor {
  return editor(name, summaryParameters, ({ string_agg_temp, monotonic, suffix }) => {
    const temporality = temporalityNamed(string_agg_temp);
    const view = new MetricView();
    const body = new MetricBody();
    return (scene) => {
      const metric = metricOf(scene, view);
      if (metric.type !== 'summary') return;
      body.begin(detailsOf(metric, metric.name.toString() + (suffix ?? `_${total}`)), {
        type: 'sum',
        temporality,
        isMonotonic: monotonic,
      });
      addTotals(metric, total, body);
      const made = body.finish();
      if (made !== undefined) at(scene).add(made);
    };
  });
}
