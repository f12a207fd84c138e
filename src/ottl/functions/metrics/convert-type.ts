import { fieldOf } from '../../../otlp/fields.js';
import { Layout } from '../../../otlp/view/layout.js';
import { MessageView } from '../../../otlp/view/message.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { literalBool, literalString } from '../../parameters.js';
import { temporalityNamed } from './temporality.js';

const sum = fieldOf('Metric', 'sum');
const gauge = fieldOf('Metric', 'gauge');
const temporality = fieldOf('Sum', 'aggregation_temporality');
const monotonic = fieldOf('Sum', 'is_monotonic');

/** Makes a gauge of a sum; other metrics stay as they are. */
export const convertSumToGauge: Editor = editor('convert_sum_to_gauge', {}, () => {
  const data = new MessageView(new Layout('Sum'));
  return (scene) => {
    const fields = at(scene).fields('item');
    if (!fields.has(sum.number)) return;
    fields.message(sum.number, data.fields);
    const item = at(scene).editor('item');
    item.setMessage(gauge, data);
    // A gauge has points in the same field, and nothing else.
    const child = item.child(gauge);
    child.clear(temporality);
    child.clear(monotonic);
    item.leave();
  };
});

const parameters = { string_agg_temp: literalString(), monotonic: literalBool() };

/** Makes a sum of a gauge; other metrics stay as they are. */
export const convertGaugeToSum: Editor = editor('convert_gauge_to_sum', parameters, (args) => {
  const data = new MessageView(new Layout('Gauge'));
  const kind = temporalityNamed(args.string_agg_temp);
  return (scene) => {
    const fields = at(scene).fields('item');
    if (!fields.has(gauge.number)) return;
    fields.message(gauge.number, data.fields);
    const item = at(scene).editor('item');
    item.setMessage(sum, data);
    const child = item.child(sum);
    child.setNumber(temporality, kind);
    child.setBool(monotonic, args.monotonic);
    item.leave();
  };
});
