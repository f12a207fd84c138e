import type { Signal } from '../signal.js';
import { Layout } from '../view/layout.js';
import { MessageFields } from '../view/message-fields.js';
import type { Overlay } from './overlay.js';

const metricLayout = new Layout('Metric');
const profileLayout = new Layout('Profile');
const samples = profileLayout.field('samples');
const dataMask = (['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const).reduce(
  (mask, name) => mask | (1 << metricLayout.field(name)),
  0,
);
// All kinds of data have their points in the same field.
const dataLayout = new Layout('Gauge');
const points = dataLayout.field('data_points');

const metric = new MessageFields(metricLayout);
const data = new MessageFields(dataLayout);
const profile = new MessageFields(profileLayout);
const unit = new MessageFields(new Layout('Sample'));

/** Units of an item that was changed: 1, or the number of its data points or samples. */
export function unitsOf(signal: Signal, overlay: Overlay, list: number): number {
  switch (signal) {
    case 'traces':
    case 'logs':
      return 1;
    case 'metrics':
      overlay.show(list, metric);
      metric.message(31 - Math.clz32(metric.among(dataMask) | 1), data);
      return count(data, points);
    case 'profiles':
      overlay.show(list, profile);
      return count(profile, samples);
  }
}

/** Counts the messages of a repeated field. */
function count(message: MessageFields, field: number): number {
  let units = 0;
  for (message.list(field, unit); unit.advance();) units++;
  return units;
}
