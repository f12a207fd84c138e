import { scaleDistribution, scaleExemplars } from '../../otlp/draft/histogram-value.js';
import { mergePoints, type AggregationType } from '../../otlp/draft/merge-points.js';
import { pointsAtOnce, type MetricDraft } from '../../otlp/draft/metric-draft.js';
import { exemplarsTag, scaled, setValue, pointValueOf, wholeOf } from '../../otlp/draft/number-value.js';
import type { PointDraft } from '../../otlp/draft/point-draft.js';
import type { InPieces } from '../../otlp/work.js';
import type { OperationConfig } from './config.js';
import type { TransformTally } from './telemetry.js';

/** In which state of a transform an operation is run. */
export interface OperationRun {
  /** Which points of the metric are meant; undefined: all. */
  readonly isMeant: ((point: PointDraft) => boolean) | undefined;
  /** Whether all points are meant. */
  readonly isWhole: boolean;
  readonly tally: TransformTally;
  /** Says once that something cannot be done to a metric, which stays as it is. */
  readonly warn: (message: string, metric: string) => void;
}

/** Changes a metric, in pieces of work. */
export type Operation = (metric: MetricDraft, run: OperationRun) => InPieces<void>;

/** @param version - what `{{version}}` stands for */
export function operationOf(config: OperationConfig, version: string): Operation {
  const { label, new_label: newLabel, experimental_scale: factor } = config;
  const newValue = config.new_value.replaceAll('{{version}}', version);
  const aggregation = config.aggregation_type === '' ? 'sum' : config.aggregation_type;
  switch (config.action) {
    case '':
      throw new Error('an operation has an action');
    case 'add_label':
      return wholeOnly((metric, run) => eachPoint(metric, run, (point) => point.setLabel(newLabel, newValue)));
    case 'update_label': {
      const values = new Map(
        config.value_actions.map((one) => [one.value, one.new_value.replaceAll('{{version}}', version)]),
      );
      return (metric, run) => eachPoint(metric, run, (point) => updateLabel(point, label, newLabel, values));
    }
    case 'delete_label_value':
      return wholeOnly((metric, run) => deletePoints(metric, run, label, config.label_value));
    case 'toggle_scalar_data_type':
      return (metric, run) => eachPoint(metric, run, (point) => toggle(metric, point));
    case 'experimental_scale_value':
      return (metric, run) => scale(metric, run, factor);
    case 'aggregate_labels': {
      const keys = new Set(config.label_set);
      return wholeOnly((metric, run) => aggregate(metric, run, aggregation, (point) => point.keepLabels(keys)));
    }
    case 'aggregate_label_values': {
      const values = new Set(config.aggregated_values);
      return wholeOnly((metric, run) =>
        aggregate(metric, run, aggregation, (point) => {
          const text = point.label(label)?.text;
          return text !== undefined && values.has(text) && point.setLabel(label, newValue);
        }),
      );
    }
  }
}

/** Some operations make no sense for a part of the points of a metric. */
function wholeOnly(operation: Operation): Operation {
  return function* (metric, run) {
    if (run.isWhole) yield* operation(metric, run);
  };
}

/** Changes each point that is meant by itself; `change` says whether it did. */
function* eachPoint(
  metric: MetricDraft,
  { isMeant }: OperationRun,
  change: (point: PointDraft) => boolean,
): InPieces<void> {
  let seen = 0;
  for (const point of metric.points) {
    if ((isMeant === undefined || isMeant(point)) && change(point)) metric.isChanged = true;
    if (++seen % pointsAtOnce === 0) yield;
  }
}

function updateLabel(point: PointDraft, label: string, newLabel: string, values: ReadonlyMap<string, string>): boolean {
  const text = point.label(label)?.text;
  const value = text === undefined ? undefined : values.get(text);
  const isSet = value !== undefined && point.setLabel(label, value);
  const isRenamed = newLabel !== '' && point.renameLabel(label, newLabel);
  return isSet || isRenamed;
}

function* deletePoints(metric: MetricDraft, { tally }: OperationRun, label: string, value: string): InPieces<void> {
  const left: PointDraft[] = [];
  let seen = 0;
  for (const point of metric.points) {
    if (point.label(label)?.text !== value) left.push(point);
    if (++seen % pointsAtOnce === 0) yield;
  }
  if (left.length === metric.points.length) return;
  tally.drop(metric.points.length - left.length, 'label_value_deleted');
  metric.points = left;
  metric.isChanged = true;
}

function toggle({ type }: MetricDraft, point: PointDraft): boolean {
  if (type !== 'gauge' && type !== 'sum') return false;
  const value = pointValueOf(point);
  if (value === undefined) return false;
  setValue(point, typeof value === 'bigint' ? Number(value) : wholeOf(value));
  return true;
}

function* scale(metric: MetricDraft, run: OperationRun, factor: number): InPieces<void> {
  const { type } = metric;
  const isNumber = type === 'gauge' || type === 'sum';
  if (factor === 1 || type === 'empty') return;
  if (!isNumber && factor < 0) {
    run.warn('a histogram or summary cannot be scaled by a factor below 0', metric.name);
    return;
  }
  yield* eachPoint(metric, run, (point) => {
    if (!isNumber) scaleDistribution(type, point, factor);
    else {
      const value = pointValueOf(point);
      if (value === undefined) return false;
      setValue(point, scaled(value, factor));
      scaleExemplars(point, exemplarsTag('NumberDataPoint'), factor);
    }
    return true;
  });
}

/** Changes the labels of all points, and merges those that have the same ones then. */
function* aggregate(
  metric: MetricDraft,
  run: OperationRun,
  aggregation: AggregationType,
  change: (point: PointDraft) => boolean,
): InPieces<void> {
  if (metric.type === 'summary') run.warn('the points of a summary cannot be merged', metric.name);
  else if (metric.type !== 'empty') {
    yield* eachPoint(metric, run, change);
    yield* mergeMetric(metric, aggregation, run.tally);
  }
}

/** Merges the points of a metric that have the same labels and times. */
export function* mergeMetric(metric: MetricDraft, aggregation: AggregationType, tally: TransformTally): InPieces<void> {
  const { type, points } = metric;
  if (type === 'empty' || type === 'summary') return;
  const merged = yield* mergePoints(type, points, aggregation);
  if (merged.length === points.length) return;
  tally.drop(points.length - merged.length, 'aggregated');
  metric.points = merged;
  metric.isChanged = true;
}
