import { expect, test } from 'vitest';
import { tagOf } from '../fields.js';
import { pathTo } from './path-to.js';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const message = (tag: number, ...fields: readonly number[][]): number[] => {
  const body = fields.flat();
  return [...varint(tag), ...varint(body.length), ...body];
};

test('a field is named by the messages around it, and counted among those of its number alone', () => {
  // Senders may choose any number for fields that are not known here.
  const others = Array.from({ length: 1000 }, (_, i) => [...varint((100 + i) * 8), 0]);
  const scope = message(tagOf('ResourceSpans', 'scope_spans'));
  const span = message(tagOf('ScopeSpans', 'spans'), [tagOf('Span', 'kind'), 1], [tagOf('Span', 'name'), 1, 97]);
  const last = message(tagOf('ResourceSpans', 'scope_spans'), message(tagOf('ScopeSpans', 'spans')), ...others, span);
  const resource = message(tagOf('TracesData', 'resource_spans'), scope, ...others, last);
  const bytes = Uint8Array.from([...message(tagOf('TracesData', 'resource_spans')), ...others.flat(), ...resource]);
  const nameAt = bytes.length - 3;
  expect(pathTo('traces', bytes, nameAt)).toBe('resource_spans[1].scope_spans[1].spans[1].name');
  expect(pathTo('traces', bytes, nameAt - 2)).toBe('resource_spans[1].scope_spans[1].spans[1].kind');
  expect(pathTo('traces', bytes, 2)).toBe('100');
});

test('in an attribute the key is named, wherever it stands', () => {
  const value = message(tagOf('KeyValue', 'value'), message(tagOf('AnyValue', 'bool_value'), [1]));
  const named = message(tagOf('KeyValue', 'key'), [...Buffer.from('shop.id')]);
  const long = message(tagOf('KeyValue', 'key'), [...Buffer.from('k'.repeat(100))]);
  const place = 'resource_spans[0].resource.attributes[0].value';
  for (const [fields, shown] of [
    [[named, value], ' (key "shop.id")'],
    [[value, named], ' (key "shop.id")'],
    [[value, long], ` (key "${'k'.repeat(64)}")`],
    [[value], ''],
  ] as const) {
    const resource = message(tagOf('ResourceSpans', 'resource'), message(tagOf('Resource', 'attributes'), ...fields));
    const bytes = Uint8Array.from(message(tagOf('TracesData', 'resource_spans'), resource));
    expect(pathTo('traces', bytes, Buffer.from(bytes).indexOf(Buffer.from(value)))).toBe(place + shown);
  }
});

test('the path of a field that is nested deep has its head and its own name', () => {
  let value: number[] = [tagOf('AnyValue', 'bool_value'), 1];
  for (let depth = 0; depth < 100; depth++)
    value = message(tagOf('AnyValue', 'array_value'), message(tagOf('ArrayValue', 'values'), value));
  const attribute = message(tagOf('Resource', 'attributes'), message(tagOf('KeyValue', 'value'), value));
  const bytes = Uint8Array.from(
    message(tagOf('TracesData', 'resource_spans'), message(tagOf('ResourceSpans', 'resource'), attribute)),
  );
  const names = pathTo('traces', bytes, bytes.length - 2).split('.');
  expect(names).toHaveLength(33);
  expect(names.slice(0, 6)).toEqual([
    'resource_spans[0]',
    'resource',
    'attributes[0]',
    'value',
    'array_value',
    'values[0]',
  ]);
  expect(names.at(-1)).toBe('bool_value');
});
