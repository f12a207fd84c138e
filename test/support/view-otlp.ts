import { messageNumber, messages, type Field, type MessageName } from '../../src/otlp/fields.js';
import type { MessageView } from '../../src/otlp/view/message.js';
import { MetricView } from '../../src/otlp/view/metric.js';
import { Range } from '../../src/otlp/view/range.js';
import { ValueView } from '../../src/otlp/view/value.js';
import { Word64 } from '../../src/otlp/view/word64.js';
import type { Tree, Value } from './reference-decode.js';

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
const nameOf = (field: Field): MessageName => messages[field.message]!.name as MessageName;
type List = { next(): boolean; value?: unknown };

/**
 * All that a view reads of its message, in the form of `comparable`: asked for every field, whether it is there or not.
 */
export function readView(name: MessageName, view: MessageView): Tree {
  const there = membersOf(name, view);
  const tree: Tree = {};
  for (const field of messages[messageNumber(name)]!.fields) {
    if (field.number === 1000) continue;
    const value = readField(name, field, view);
    if (field.oneof >= 0 ? there.includes(field.name) : !isDefault(value)) tree[field.name] = value;
  }
  return tree;
}

/**
 * A tree of the reference decoder in the form of `readView`: without unknown fields, empty messages and the bits of
 * NaN.
 */
export function comparable(message: number, tree: Tree): Tree {
  const result: Tree = {};
  for (const field of messages[message]!.fields) {
    const value = tree[field.name];
    if (value === undefined) continue;
    const one = (member: Value): Value => {
      if (field.type === 'message') return comparable(field.message, member as Tree);
      return typeof member === 'string' && member.startsWith('NaN ') ? Number.NaN : member;
    };
    const mapped = Array.isArray(value) ? value.map(one) : one(value);
    if (field.oneof >= 0 || !isDefault(mapped)) result[field.name] = mapped;
  }
  return result;
}

function isDefault(value: Value): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object') return Object.keys(value).length === 0;
  return value === '' || value === false || value === 0n || Object.is(value, 0);
}

function readField(name: MessageName, field: Field, view: MessageView): Value {
  if (view instanceof ValueView && field.name === 'array_value')
    return ofList('values', listOf('AnyValue', view.elements()));
  if (view instanceof ValueView && field.name === 'kvlist_value')
    return ofList('values', listOf('KeyValue', view.entries()));
  if (view instanceof MetricView && field.oneof >= 0) return dataOf(field, view);
  const member: unknown = Reflect.get(view, otherNames[`${name}.${field.name}`] ?? camelCase(field.name));
  if (typeof member === 'function') return readRepeated(field, Reflect.apply(member, view, []) as List);
  return field.type === 'message' ? readView(nameOf(field), member as MessageView) : plain(field, member);
}

const ofList = (name: string, list: Value[]): Tree => (list.length > 0 ? { [name]: list } : {});

function listOf(name: MessageName, list: List): Value[] {
  const found: Value[] = [];
  while (list.next()) found.push(readView(name, list as unknown as MessageView));
  return found;
}

function readRepeated(field: Field, list: List): Value[] {
  if (field.type === 'message') return listOf(nameOf(field), list);
  const found: Value[] = [];
  while (list.next()) found.push(plain(field, list.value));
  return found;
}

function plain(field: Field, value: unknown): Value {
  if (value instanceof Word64)
    return field.type === 'int64' || field.type === 'sfixed64' ? value.toSignedBigInt() : value.toBigInt();
  if (!(value instanceof Range)) return value as Value;
  if (field.type !== 'string') return value.hex();
  const isText = Buffer.from(value.toString()).toString('hex') === value.hex();
  return isText ? value.toString() : `not UTF-8: ${value.hex()}`;
}

/** The data of a metric stands in the metric's own view. */
function dataOf(field: Field, metric: MetricView): Tree {
  const type = camelCase(field.name);
  const found = ofList('data_points', metric.type === type ? pointsOf(type, metric) : []);
  for (const { name } of messages[field.message]!.fields) {
    if (name === 'aggregation_temporality' && metric.aggregationTemporality !== 0)
      found[name] = metric.aggregationTemporality;
    if (name === 'is_monotonic' && metric.isMonotonic) found[name] = true;
  }
  return found;
}

function pointsOf(type: string, metric: MetricView): Value[] {
  if (type === 'histogram') return listOf('HistogramDataPoint', metric.histogramPoints());
  if (type === 'exponentialHistogram')
    return listOf('ExponentialHistogramDataPoint', metric.exponentialHistogramPoints());
  return type === 'summary'
    ? listOf('SummaryDataPoint', metric.summaryPoints())
    : listOf('NumberDataPoint', metric.numberPoints());
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
  if (typeof type === 'string' && type !== 'empty')
    found.push(name === 'NumberDataPoint' || name === 'Exemplar' ? `as_${type}` : (memberNames[type] ?? type));
  for (const optional of ['sum', 'min', 'max'])
    if (Reflect.get(view, `has${optional[0]!.toUpperCase()}${optional.slice(1)}`) === true) found.push(optional);
  return found;
}
