import { MetricView } from '../../../otlp/view/metric.js';
import { at } from '../../contexts/batch-scene.js';
import type { Scene } from '../../scene.js';

/** Moves a view to the metric of a scene, as it is now. */
export function metricOf(scene: Scene, view: MetricView): MetricView {
  view.fields.copy(at(scene).fields('item'));
  return view;
}

const typeNames = {
  empty: 'Empty',
  gauge: 'Gauge',
  sum: 'Sum',
  histogram: 'Histogram',
  exponentialHistogram: 'ExponentialHistogram',
  summary: 'Summary',
} as const;

/** The type of a metric as the Collector writes it in its messages. */
export function metricTypeName({ type }: MetricView): string {
  return typeNames[type];
}
