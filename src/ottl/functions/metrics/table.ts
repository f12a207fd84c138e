import type { Editor } from '../../function.js';
import { aggregateOnAttributes, aggregateOnAttributeValue } from './aggregate.js';
import { convertGaugeToSum, convertSumToGauge } from './convert-type.js';
import { copyMetric } from './copy-metric.js';
import { exponentialToExplicit } from './exponential-to-explicit.js';
import { extractPercentile } from './extract-percentile.js';
import { extractCountMetric, extractSumMetric, summaryCountToSum, summarySumToSum } from './extract-totals.js';
import { mergeBuckets } from './merge-buckets.js';
import { quantilesToGauge } from './quantiles-to-gauge.js';
import { scaleMetric } from './scale-metric.js';

/** Editors of whole metrics: in the metric context of transform. */
export const metricEditors: readonly Editor[] = [
  convertSumToGauge,
  convertGaugeToSum,
  extractCountMetric,
  extractSumMetric,
  extractPercentile,
  quantilesToGauge,
  exponentialToExplicit,
  copyMetric,
  scaleMetric,
  aggregateOnAttributes,
  aggregateOnAttributeValue,
];

/** Editors in the data point context of transform. */
export const dataPointEditors: readonly Editor[] = [summaryCountToSum, summarySumToSum, mergeBuckets];
