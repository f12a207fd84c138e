import { key } from '../../../otlp/view/key.js';
import { MetricView } from '../../../otlp/view/metric.js';
import { ValueView } from '../../../otlp/view/value.js';
import { stringLike } from '../../conversions.js';
import { converter, type Converter } from '../../function.js';
import { literalString } from '../../parameters.js';
import { readValue } from '../../read-value.js';
import { metricOf } from './metric-of.js';

/** Whether some point of a metric has an attribute. */
const hasAttrKey = converter('HasAttrKeyOnDatapoint', { key: literalString() }, (args) => {
  const attribute = key(args.key);
  const view = new MetricView();
  const value = new ValueView();
  return (scene) => {
    for (const point = metricOf(scene, view).points(); point.next();)
      if (point.attribute(attribute, value)) return true;
    return false;
  };
});

/** Whether some point of a metric has an attribute with a value, which is compared as a text. */
const hasAttr = converter('HasAttrOnDatapoint', { key: literalString(), value: literalString() }, (args) => {
  const attribute = key(args.key);
  const view = new MetricView();
  const value = new ValueView();
  return (scene) => {
    for (const point = metricOf(scene, view).points(); point.next();)
      if (point.attribute(attribute, value) && (stringLike(readValue(value)) ?? '') === args.value) return true;
    return false;
  };
});

/** Converters that filter has in the metric context. */
export const metricConverters: readonly Converter[] = [hasAttrKey, hasAttr];
