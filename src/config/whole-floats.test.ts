import { expect, test } from 'vitest';
import { attributeValue } from '../attributes/attribute-value.js';
import { any, anyWritten, float, group, int, list, numeral, text } from '../component/schema/schema.js';
import { Double } from '../otlp/build/any-value.js';
import { toValue } from './node.js';
import { parseYaml } from './yaml/parse.js';

/** The value of a document for decoding. */
function valueOf(yaml: string): unknown {
  const parsed = parseYaml({ name: 'test.yaml', text: yaml });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return toValue(parsed.node);
}

const attributeOf = (yaml: string): unknown => attributeValue(anyWritten().parse(valueOf(yaml)));

test.each(['3.0', '3.', '3e0', '-0.0', '1_0.0', '1E2'])('%s is a double of an attribute', (yaml) => {
  expect(attributeOf(yaml)).toBeInstanceOf(Double);
});

test.each([
  ['3', 3],
  ['0x3e', 0x3e],
  ['-7', -7],
  ['1_000', 1000],
  ['"3.0"', '3.0'],
])('%s is none', (yaml, expected) => expect(attributeOf(yaml)).toBe(expected));

test('within a list and a map as well', () => {
  expect(attributeOf('[1.0, {a: 2.0}, 3]')).toEqual([new Double(1), new Map([['a', new Double(2)]]), 3]);
});

test('other options take it as the number that it is', () => {
  const schema = group({ i: int(0), f: float(0), a: any(), l: list(int(0)), n: numeral('') });
  expect(schema.parse(valueOf('{i: 3.0, f: 2.0, a: {b: [1.0]}, l: [4.0], n: 5.0}'))).toEqual({
    ...{ i: 3, f: 2, a: { b: [1] }, l: [4], n: '5' },
  });
  expect(text().safeParse(valueOf('3.0')).error?.issues[0]?.message).toContain('number');
});
