import { tagOf, type MessageName } from '../fields.js';

/** Tags of the fields that kinds of data points have in common; 0 for one that a kind does not have. */
export interface PointTags {
  readonly message: MessageName;
  readonly start: number;
  readonly time: number;
  readonly flags: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly exemplars: number;
}

const number: PointTags = {
  message: 'NumberDataPoint',
  start: tagOf('NumberDataPoint', 'start_time_unix_nano'),
  time: tagOf('NumberDataPoint', 'time_unix_nano'),
  flags: tagOf('NumberDataPoint', 'flags'),
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  exemplars: tagOf('NumberDataPoint', 'exemplars'),
};

const histogram: PointTags = {
  message: 'HistogramDataPoint',
  start: tagOf('HistogramDataPoint', 'start_time_unix_nano'),
  time: tagOf('HistogramDataPoint', 'time_unix_nano'),
  flags: tagOf('HistogramDataPoint', 'flags'),
  count: tagOf('HistogramDataPoint', 'count'),
  sum: tagOf('HistogramDataPoint', 'sum'),
  min: tagOf('HistogramDataPoint', 'min'),
  max: tagOf('HistogramDataPoint', 'max'),
  exemplars: tagOf('HistogramDataPoint', 'exemplars'),
};

const exponentialHistogram: PointTags = {
  message: 'ExponentialHistogramDataPoint',
  start: tagOf('ExponentialHistogramDataPoint', 'start_time_unix_nano'),
  time: tagOf('ExponentialHistogramDataPoint', 'time_unix_nano'),
  flags: tagOf('ExponentialHistogramDataPoint', 'flags'),
  count: tagOf('ExponentialHistogramDataPoint', 'count'),
  sum: tagOf('ExponentialHistogramDataPoint', 'sum'),
  min: tagOf('ExponentialHistogramDataPoint', 'min'),
  max: tagOf('ExponentialHistogramDataPoint', 'max'),
  exemplars: tagOf('ExponentialHistogramDataPoint', 'exemplars'),
};

const summary: PointTags = {
  message: 'SummaryDataPoint',
  start: tagOf('SummaryDataPoint', 'start_time_unix_nano'),
  time: tagOf('SummaryDataPoint', 'time_unix_nano'),
  flags: tagOf('SummaryDataPoint', 'flags'),
  count: tagOf('SummaryDataPoint', 'count'),
  sum: tagOf('SummaryDataPoint', 'sum'),
  min: 0,
  max: 0,
  exemplars: 0,
};

/**
 * The data of a kind of metric: its message, its field in the metric, the field of the points in it, and what a point
 * has.
 */
export interface MetricKind {
  readonly message: MessageName;
  readonly tag: number;
  readonly points: number;
  readonly point: PointTags;
}

export const metricKinds: Readonly<
  Record<'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary', MetricKind>
> = {
  gauge: { message: 'Gauge', tag: tagOf('Metric', 'gauge'), points: tagOf('Gauge', 'data_points'), point: number },
  sum: { message: 'Sum', tag: tagOf('Metric', 'sum'), points: tagOf('Sum', 'data_points'), point: number },
  histogram: {
    message: 'Histogram',
    tag: tagOf('Metric', 'histogram'),
    points: tagOf('Histogram', 'data_points'),
    point: histogram,
  },
  exponentialHistogram: {
    message: 'ExponentialHistogram',
    tag: tagOf('Metric', 'exponential_histogram'),
    points: tagOf('ExponentialHistogram', 'data_points'),
    point: exponentialHistogram,
  },
  summary: {
    message: 'Summary',
    tag: tagOf('Metric', 'summary'),
    points: tagOf('Summary', 'data_points'),
    point: summary,
  },
};
