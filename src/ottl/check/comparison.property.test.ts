import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Double, writeValue, type AttributeValue } from '../../otlp/build/any-value.js';
import { MessageWriter } from '../../otlp/build/message-writer.js';
import { Backing } from '../../otlp/view/backing.js';
import { Range } from '../../otlp/view/range.js';
import { ValueView } from '../../otlp/view/value.js';
import type { Expression, PathAccess } from '../expression.js';
import type { ComparisonOperator } from '../syntax/ast.js';
import type { Value } from '../value.js';
import { compareValues, mirrored } from './compare.js';
import { compileComparison } from './comparison.js';
import type { Known } from './condition.js';
import { constant } from './constant.js';

const operators = fc.constantFrom<ComparisonOperator>('==', '!=', '<', '<=', '>', '>=');
const edges = [0n, 1n, -1n, 2n ** 31n, 2n ** 32n, -(2n ** 32n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const integer = fc.oneof(fc.constantFrom(...edges), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-3n, 3n));
const float = fc.oneof(fc.constantFrom(0, -0, 1, 2 ** 53, 9007199254740994, NaN, Infinity, -1.5), fc.double());
const text = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab', '\u{1f600}', '\uffff'), fc.string({ maxLength: 3 }));
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(undefined),
  fc.boolean(),
  integer,
  float,
  text,
  fc.uint8Array({ maxLength: 3 }),
);
const value: fc.Arbitrary<Value> = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }));
const scene = { context: 'log' };

function encodable(from: Value): AttributeValue {
  if (typeof from === 'number') return new Double(from);
  return Array.isArray(from) ? from.map(encodable) : ((from ?? null) as AttributeValue);
}

function viewOf(from: Value): ValueView {
  const writer = new MessageWriter();
  writeValue(writer, encodable(from));
  const bytes = writer.finish((size) => Buffer.alloc(size));
  const backing = new Backing();
  backing.bytes = bytes;
  return new ValueView().move(backing, 0, bytes.length);
}

function rangeOf(from: string): Range {
  const backing = new Backing();
  backing.bytes = Buffer.from(`..${from}.`);
  return new Range().move(backing, 2, backing.bytes.length - 1);
}

function expression(path: Omit<PathAccess, 'text' | 'get'>): Expression {
  const get = (): never => {
    throw new Error('a value was made');
  };
  return { get, constant: undefined, path: { text: 'x', get, ...path } };
}

function result(condition: Known): boolean {
  return typeof condition === 'boolean' ? condition : condition(scene);
}

function expectSame(path: Expression, operator: ComparisonOperator, known: Value, of: Value): void {
  const expected = compareValues(of, operator, known);
  expect(result(compileComparison(path, operator, constant(known)))).toBe(expected);
  expect(result(compileComparison(constant(known), mirrored(operator), path))).toBe(expected);
}

describe('a comparison of bytes with a constant', () => {
  it('is that of the values', () => {
    fc.assert(
      fc.property(value, operators, scalar, (of, operator, known) => {
        const view = viewOf(of);
        expectSame(expression({ view: () => view }), operator, known, of);
      }),
      { numRuns: 3000 },
    );
  });

  it('is that of nil where there is no value', () => {
    fc.assert(
      fc.property(operators, scalar, (operator, known) => {
        expectSame(expression({ view: () => undefined }), operator, known, undefined);
      }),
    );
  });

  it('is that of texts', () => {
    fc.assert(
      fc.property(text, operators, scalar, (of, operator, known) => {
        const range = rangeOf(of);
        expectSame(expression({ range: () => range }), operator, known, of);
      }),
      { numRuns: 1000 },
    );
  });

  it('is that of integers', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), operators, scalar, (of, operator, known) => {
        expectSame(expression({ integer: () => of }), operator, known, BigInt(of));
      }),
      { numRuns: 1000 },
    );
  });
});
