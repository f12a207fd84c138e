import { messageNumber, messages, type Field, type MessageName } from '../../src/otlp/fields.js';
import type { MessageView } from '../../src/otlp/view/message.js';
import { MetricView } from '../../src/otlp/view/metric.js';
import { Range } from '../../src/otlp/view/range.js';
import { ValueView } from '../../src/otlp/view/value.js';
import { Word64 } from '../../src/otlp/view/word64.js';
import { referenceDecode, type Plain } from './reference-otlp.js';

/** Members of views that are not named as their field. */
const otherNames: Readonly<Record<string, string>> = {
  'AnyValue.string_value': 'string',
  'AnyValue.bool_value': 'bool',
  'AnyValue.int_value': 'int',
  'AnyValue.double_value': 'double',
  'AnyValue.bytes_value': 'bytesValue',
  'AnyValue.string_value_strindex': 'stringIndex',
  'Exemplar.filtered_attributes': 'attributes',
};

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
type List = { next(): boolean; value?: unknown };

/** All that a view says of its message, in the form of `referenceDecode`. */
export function readView(name: MessageName, view: MessageView): { [name: string]: Plain } {
  const result: { [name: string]: Plain } = { oneofs: membersOf(name, view) };
  for (const field of messages[messageNumber(name)]!.fields) {
    const own = `${name}.${field.name}`;
    if (view instanceof ValueView && own === 'AnyValue.array_value')
      result[field.name] = { oneofs: [], values: listOf('AnyValue', view.elements()) };
    else if (view instanceof ValueView && own === 'AnyValue.kvlist_value')
      result[field.name] = { oneofs: [], values: listOf('KeyValue', view.entries()) };
    else if (view instanceof MetricView && field.oneof >= 0) result[field.name] = dataOf(field, view);
    else {
      const member: unknown = Reflect.get(view, otherNames[own] ?? camelCase(field.name));
      if (typeof member === 'function') result[field.name] = readRepeated(field, Reflect.apply(member, view, []) as List);
      else if (field.type === 'message') result[field.name] = readView(nameOf(field), member as MessageView);
      else result[field.name] = plain(field, member);
    }
  }
  return result;
}

const nameOf = (field: Field): MessageName => messages[field.message]!.name as MessageName;

function listOf(name: MessageName, list: List): Plain[] {
  const found: Plain[] = [];
  while (list.next()) found.push(readView(name, list as unknown as MessageView));
  return found;
}

function readRepeated(field: Field, list: List): Plain[] {
  if (field.type === 'message') return listOf(nameOf(field), list);
  const found: Plain[] = [];
  while (list.next()) found.push(plain(field, list.value));
  return found;
}

function plain(field: Field, value: unknown): Plain {
  if (value instanceof Range) return value.hex();
  if (value instanceof Word64) return field.type === 'int64' || field.type === 'sfixed64' ? value.toSignedBigInt() : value.toBigInt();
  return value as Plain;
}

/** The data of a metric stands in the metric's own view. */
function dataOf(field: Field, metric: MetricView): { [name: string]: Plain } {
  const type = camelCase(field.name);
  if (metric.type !== type) return referenceDecode(field.message, []);
  const found: { [name: string]: Plain } = { oneofs: [], data_points: pointsOf(type, metric) };
  for (const { name } of messages[field.message]!.fields) {
    if (name === 'aggregation_temporality') found[name] = metric.aggregationTemporality;
    if (name === 'is_monotonic') found[name] = metric.isMonotonic;
  }
  return found;
}

function pointsOf(type: string, metric: MetricView): Plain[] {
  if (type === 'histogram') return listOf('HistogramDataPoint', metric.histogramPoints());
  if (type === 'exponentialHistogram') return listOf('ExponentialHistogramDataPoint', metric.exponentialHistogramPoints());
  return type === 'summary' ? listOf('SummaryDataPoint', metric.summaryPoints()) : listOf('NumberDataPoint', metric.numberPoints());
}

const memberNames: Readonly<Record<string, string>> = {
  string: 'string_value',
  bool: 'bool_value',
  int: 'int_value',
  double: 'double_value',
  array: 'array_value',
  map: 'kvlist_value',
  bytes: 'bytes_value',
  reference: 'string_value_strindex',
  exponentialHistogram: 'exponential_histogram',
};

/** Members of oneofs that the view has, by its `type` and its `has...`. */
function membersOf(name: MessageName, view: MessageView): string[] {
  const found: string[] = [];
  const type: unknown = Reflect.get(view, 'type');
  if (typeof type === 'string' && type !== 'empty') {
    const points = name === 'NumberDataPoint' || name === 'Exemplar';
    found.push(points ? `as_${type}` : (memberNames[type] ?? type));
  }
  for (const optional of ['sum', 'min', 'max'])
    if (Reflect.get(view, `has${optional[0]!.toUpperCase()}${optional.slice(1)}`) === true) found.push(optional);
  return found.sort();
}
