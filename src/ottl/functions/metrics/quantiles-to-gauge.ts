import { key } from '../../../otlp/view/key.js';
import { MetricView } from '../../../otlp/view/metric.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { literalString, optional } from '../../parameters.js';
import { detailsOf, MetricBody } from './metric-body.js';
import { metricOf } from './metric-of.js';

const parameters = { attribute_key: optional(literalString()), suffix: optional(literalString()) };

/** Adds a gauge with the values of a summary, whose points have the quantile as an attribute. */
export const quantilesToGauge: Editor = editor('convert_summary_quantile_val_to_gauge', parameters, (args) => {
  const attribute = key(args.attribute_key ?? 'quantile');
  const view = new MetricView();
  const body = new MetricBody();
  return (scene) => {
    const metric = metricOf(scene, view);
    if (metric.type !== 'summary') return;
    body.begin(detailsOf(metric, metric.name.toString() + (args.suffix ?? '.quantiles')), { type: 'gauge' });
    for (const point = metric.summaryPoints(); point.next();)
      for (const value = point.quantileValues(); value.next();)
        body.point(point, value.value, { key: attribute, value: value.quantile });
    const made = body.finish();
    if (made !== undefined) at(scene).add(made);
  };
});
