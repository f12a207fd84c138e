import { MessageWriter } from '../../../otlp/build/message-writer.js';
import { writeMessage } from '../../../otlp/build/message.js';
import { tagOf } from '../../../otlp/fields.js';
import { MetricView } from '../../../otlp/view/metric.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { optional, string } from '../../parameters.js';
import { metricOf } from './metric-of.js';

const nameTag = tagOf('Metric', 'name');
const descriptionTag = tagOf('Metric', 'description');
const unitTag = tagOf('Metric', 'unit');

const parameters = { name: optional(string()), description: optional(string()), unit: optional(string()) };

/** Adds a copy of the metric to its scope, with another name, description or unit. */
export const copyMetric: Editor = editor('copy_metric', parameters, ({ name, description, unit }) => {
  const writer = new MessageWriter();
  const view = new MetricView();
  return (scene) => {
    const texts = [
      [nameTag, name?.get(scene)],
      [descriptionTag, description?.get(scene)],
      [unitTag, unit?.get(scene)],
    ] as const;
    writer.reset();
    writeMessage(writer, metricOf(scene, view));
    // Of a field that comes twice the last one holds.
    for (const [tag, text] of texts) if (text !== undefined) writer.text(tag, text);
    at(scene).add(writer.finish((size) => new Uint8Array(size)));
  };
});
