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

// The four signals number the items of a scope alike.
const scopeLayout = new Layout('ScopeMetrics');
const items = scopeLayout.field('metrics');

const scope = new MessageFields(scopeLayout);
const item: Readonly<Record<Signal, MessageFields>> = {
  traces: new MessageFields(new Layout('Span')),
  logs: new MessageFields(new Layout('LogRecord')),
  metrics: new MessageFields(metricLayout),
  profiles: new MessageFields(profileLayout),
};
const data = new MessageFields(dataLayout);
const unit = new MessageFields(new Layout('Sample'));

/** Units of an item that was changed: 1, or the number of its data points or samples. */
export function unitsOf(signal: Signal, overlay: Overlay, list: number): number {
  if (signal === 'traces' || signal === 'logs') return 1;
  overlay.show(list, item[signal]);
  return unitsIn(signal, item[signal]);
}

/** Units of the items that were added to a scope. Those that came with it are rows of their own. */
export function addedUnitsOf(signal: Signal, overlay: Overlay, list: number): number {
  overlay.show(list, scope);
  let units = 0;
  for (scope.list(items, item[signal]); item[signal].advance();) units += unitsIn(signal, item[signal]);
  return units;
}

function unitsIn(signal: Signal, fields: MessageFields): number {
  if (signal === 'profiles') return count(fields, samples);
  if (signal !== 'metrics') return 1;
  fields.message(31 - Math.clz32(fields.among(dataMask) | 1), data);
  return count(data, points);
}

/** Counts the messages of a repeated field. */
function count(message: MessageFields, field: number): number {
  let units = 0;
  for (message.list(field, unit); unit.advance();) units++;
  return units;
}
