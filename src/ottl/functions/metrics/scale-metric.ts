import type { ElementEditor, MessageEditor } from '../../../otlp/edit/message-editor.js';
import { fieldOf, type Field } from '../../../otlp/fields.js';
import { ExemplarView } from '../../../otlp/view/exemplar.js';
import { HistogramPointView, NumberPointView, QuantileView, SummaryPointView } from '../../../otlp/view/points.js';
import { at, dataFieldOf } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { float, optional, string } from '../../parameters.js';
import { truncatedInt64 } from './int64-of.js';

const unitField = fieldOf('Metric', 'unit');
const data = {
  gauge: fieldOf('Metric', 'gauge'),
  sum: fieldOf('Metric', 'sum'),
  histogram: fieldOf('Metric', 'histogram'),
  exponential: fieldOf('Metric', 'exponential_histogram'),
  summary: fieldOf('Metric', 'summary'),
} as const;
const numberPoints = fieldOf('Sum', 'data_points');
const histogramPoints = fieldOf('Histogram', 'data_points');
const summaryPoints = fieldOf('Summary', 'data_points');
const asInt = fieldOf('NumberDataPoint', 'as_int');
const asDouble = fieldOf('NumberDataPoint', 'as_double');
const histogram = {
  sum: fieldOf('HistogramDataPoint', 'sum'),
  min: fieldOf('HistogramDataPoint', 'min'),
  max: fieldOf('HistogramDataPoint', 'max'),
  bounds: fieldOf('HistogramDataPoint', 'explicit_bounds'),
  exemplars: fieldOf('HistogramDataPoint', 'exemplars'),
} as const;
const exemplarInt = fieldOf('Exemplar', 'as_int');
const exemplarDouble = fieldOf('Exemplar', 'as_double');
const summarySum = fieldOf('SummaryDataPoint', 'sum');
const quantiles = fieldOf('SummaryDataPoint', 'quantile_values');
const quantileValue = fieldOf('ValueAtQuantile', 'value');

/** Multiplies all values of a metric, and may give it another unit. */
export const scaleMetric: Editor = editor('scale_metric', { multiplier: float(), unit: optional(string()) }, (args) => {
  const scales = new Map<number, (points: MessageEditor, by: number) => void>([
    [data.gauge.number, scalingOf(numberPoints, scaleNumber, new NumberPointView())],
    [data.sum.number, scalingOf(numberPoints, scaleNumber, new NumberPointView())],
    [data.histogram.number, scalingOf(histogramPoints, scaleHistogram, new HistogramPointView())],
    [data.summary.number, scalingOf(summaryPoints, scaleSummary, new SummaryPointView())],
  ]);
  return (scene) => {
    const by = args.multiplier.get(scene);
    const unit = args.unit?.get(scene);
    const number = dataFieldOf(at(scene).fields('item'));
    if (number === data.exponential.number)
      throw new OttlError("exponential histograms are not supported by the 'scale_metric' function");
    const scale = scales.get(number);
    const field = Object.values(data).find((candidate) => candidate.number === number);
    if (scale === undefined || field === undefined) throw new OttlError("unsupported metric type: 'Empty'");
    const item = at(scene).editor('item');
    scale(item.child(field), by);
    item.leave();
    if (unit !== undefined) item.setText(unitField, unit);
  };
});

function scalingOf<View extends NumberPointView | HistogramPointView | SummaryPointView>(
  field: Field,
  scale: (editor: ElementEditor, view: View, by: number) => void,
  view: View,
): (points: MessageEditor, by: number) => void {
  return (points, by) => {
    const element = points.elements(field);
    for (element.view(view); element.next();) scale(element, view, by);
  };
}

function scaleNumber(point: ElementEditor, view: NumberPointView, by: number): void {
  if (view.type === 'int') point.setNumber(asInt, truncatedInt64(Number(view.asInt.toSignedBigInt()) * by));
  else if (view.type === 'double') point.setNumber(asDouble, view.asDouble * by);
}

function scaleHistogram(point: ElementEditor, view: HistogramPointView, by: number): void {
  const { hasSum, hasMin, hasMax, sum, min, max } = view;
  const bounds: number[] = [];
  for (const bound = view.explicitBounds(); bound.next();) bounds.push(bound.value * by);
  if (hasSum) point.setNumber(histogram.sum, sum * by);
  if (hasMin) point.setNumber(histogram.min, min * by);
  if (hasMax) point.setNumber(histogram.max, max * by);
  point.setNumbers(histogram.bounds, bounds);
  const exemplar = point.elements(histogram.exemplars);
  for (const each = exemplar.view(new ExemplarView()); exemplar.next();) {
    if (each.fields.has(exemplarInt.number))
      exemplar.setNumber(exemplarInt, truncatedInt64(Number(each.asInt.toSignedBigInt()) * by));
    else if (each.fields.has(exemplarDouble.number)) exemplar.setNumber(exemplarDouble, each.asDouble * by);
  }
  point.leave();
}

function scaleSummary(point: ElementEditor, view: SummaryPointView, by: number): void {
  point.setNumber(summarySum, view.sum * by);
  const quantile = point.elements(quantiles);
  for (const each = quantile.view(new QuantileView()); quantile.next();)
    quantile.setNumber(quantileValue, each.value * by);
  point.leave();
}
