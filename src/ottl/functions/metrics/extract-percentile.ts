import { MetricView } from '../../../otlp/view/metric.js';
import { at } from '../../contexts/batch-scene.js';
import { formatFloat } from '../../float-text.js';
import { editor, type Editor } from '../../function.js';
import { StatementError } from '../../ottl-error.js';
import { literalFloat, literalString, optional } from '../../parameters.js';
import { detailsOf, MetricBody } from './metric-body.js';
import { metricOf } from './metric-of.js';
import { exponentialPercentile, histogramPercentile } from './percentile.js';

const parameters = { percentile: literalFloat(), suffix: optional(literalString()) };

/** Adds a gauge with estimates of a percentile of a histogram; other metrics have none. */
export const extractPercentile: Editor = editor('extract_percentile_metric', parameters, ({ percentile, suffix }) => {
  if (!(percentile > 0 && percentile < 100))
    throw new StatementError(`percentile must be greater than 0 and less than 100, got ${percentile}`);
  const short = `p${formatFloat(percentile)}`;
  const view = new MetricView();
  const body = new MetricBody();
  return (scene) => {
    const metric = metricOf(scene, view);
    if (metric.type !== 'histogram' && metric.type !== 'exponentialHistogram') return;
    const details = detailsOf(metric, metric.name.toString() + (suffix || `_${short}`));
    const description = details.description === '' ? short : `${details.description} (${short})`;
    body.begin({ ...details, description }, { type: 'gauge' });
    addEstimates(metric, percentile, body);
    const made = body.finish();
    if (made !== undefined) at(scene).add(made);
  };
});

function addEstimates(metric: MetricView, percentile: number, body: MetricBody): void {
  if (metric.type === 'histogram')
    for (const point = metric.histogramPoints(); point.next();) {
      const value = histogramPercentile(point, percentile);
      if (value !== undefined) body.point(point, value);
    }
  else
    for (const point = metric.exponentialHistogramPoints(); point.next();) {
      const value = exponentialPercentile(point, percentile);
      if (value !== undefined) body.point(point, value);
    }
}
