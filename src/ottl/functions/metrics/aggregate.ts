import type { MessageEditor } from '../../../otlp/edit/message-editor.js';
import { key } from '../../../otlp/view/key.js';
import { MetricView } from '../../../otlp/view/metric.js';
import type { Range } from '../../../otlp/view/range.js';
import { ValueView } from '../../../otlp/view/value.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { list, literalString, optional } from '../../parameters.js';
import type { Scene } from '../../scene.js';
import { mergeSamePoints, openPoints } from './merge-points.js';
import { aggregationNamed } from './merge-values.js';
import { metricOf } from './metric-of.js';

const onAttributes = { aggregation_function: literalString(), attributes: optional(list(literalString())) };

/** Merges the points of a metric that are the same in some attributes; the others go. Summaries stay as they are. */
export const aggregateOnAttributes: Editor = editor('aggregate_on_attributes', onAttributes, (args) => {
  const how = aggregationNamed(args.aggregation_function);
  const view = new MetricView();
  const kept = args.attributes?.map(key);
  const isOther = (name: Range): boolean => kept?.some((each) => name.is(each)) === false;
  return (scene) => {
    if (!canMerge(scene, view)) return;
    if (kept !== undefined) eachPoint(scene, (point) => point.deleteAttributes(isOther));
    mergeSamePoints(scene, metricOf(scene, view), how);
  };
});

const onValue = {
  aggregation_function: literalString(),
  attribute: literalString(),
  values: list(literalString()),
  new_value: literalString(),
};

/** Gives some values of an attribute one name, and merges the points that are the same then. */
export const aggregateOnAttributeValue: Editor = editor('aggregate_on_attribute_value', onValue, (args) => {
  const how = aggregationNamed(args.aggregation_function);
  const view = new MetricView();
  const attribute = key(args.attribute);
  const values = new Set(args.values);
  const value = new ValueView();
  return (scene) => {
    if (!canMerge(scene, view)) return;
    eachPoint(scene, (point, points) => {
      if (points.attribute(attribute, value) && value.type === 'string' && values.has(value.string.toString()))
        point.setAttribute(attribute, args.new_value);
    });
    mergeSamePoints(scene, metricOf(scene, view), how);
  };
});

function canMerge(scene: Scene, view: MetricView): boolean {
  const { type } = metricOf(scene, view);
  return type !== 'empty' && type !== 'summary';
}

type PointEditor = Pick<MessageEditor, 'deleteAttributes' | 'setAttribute'>;

function eachPoint(
  scene: Scene,
  change: (point: PointEditor, view: ReturnType<typeof openPoints>['view']) => void,
): void {
  const { points, view } = openPoints(scene);
  while (points.next()) change(points, view);
  at(scene).editor('item').leave();
}
