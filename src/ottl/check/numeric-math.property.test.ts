import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Expression } from '../expression.js';
import { NumericCell, numericKind, type NumericReader } from '../numeric.js';
import { OttlError } from '../ottl-error.js';
import type { ComparisonOperator, MathOperator } from '../syntax/ast.js';
import type { Value } from '../value.js';
import { compareValues } from './compare.js';
import { calculate } from './math.js';
import { calculateNumeric, compareNumeric, numericOf } from './numeric-math.js';

const scene = { context: 'log' };
const edges = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 32n,
  -(2n ** 32n),
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const integer = fc.oneof(fc.constantFrom(...edges), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-9n, 9n));
const float = fc.oneof(fc.constantFrom(0, -0, 1, 2 ** 53, NaN, Infinity, -1.5), fc.double());
const number: fc.Arbitrary<bigint | number> = fc.oneof(integer, float);
const operator = fc.constantFrom<MathOperator>('+', '-', '*', '/');

function reading(value: Value): NumericReader {
  const expression: Expression = { get: () => value, constant: { value }, path: undefined };
  const reader = numericOf(expression);
  if (reader === undefined) throw new Error('no number');
  return reader;
}

function valueIn(cell: NumericCell, kind: number): Value {
  if (kind === numericKind.float) return cell.float;
  return (BigInt(cell.high) << 32n) | BigInt(cell.low >>> 0);
}

test('numbers are calculated as values are, or left to them', () => {
  fc.assert(
    fc.property(number, fc.array(fc.tuple(operator, number), { maxLength: 4 }), (first, rest) => {
      const read = calculateNumeric(
        reading(first),
        rest.map(([each, operand]) => ({ operator: each, operand: reading(operand) })),
      );
      const cell = new NumericCell();
      const kind = read(scene, cell);
      let value: Value = first;
      try {
        for (const [each, operand] of rest) value = calculate(value, each, operand);
      } catch (error) {
        expect(error).toBeInstanceOf(OttlError);
        expect(kind).toBe(numericKind.none);
        return;
      }
      if (kind !== numericKind.none) expect(valueIn(cell, kind)).toBe(value);
    }),
    { numRuns: 3000 },
  );
});

test('what is calculated with integers of 53 bits, or summed, is never left to values', () => {
  const small = fc.bigInt(-(2n ** 26n), 2n ** 26n);
  const sums = fc.constantFrom<MathOperator>('+', '-');
  const cell = new NumericCell();
  const kindOf = (a: bigint, each: MathOperator, b: bigint): number =>
    calculateNumeric(reading(a), [{ operator: each, operand: reading(b) }])(scene, cell);
  fc.assert(fc.property(integer, sums, integer, (a, each, b) => kindOf(a, each, b) === numericKind.int));
  fc.assert(fc.property(small, operator, small, (a, each, b) => b === 0n || kindOf(a, each, b) === numericKind.int));
});

test('numbers are compared as values are', () => {
  const operators = fc.constantFrom<ComparisonOperator>('==', '!=', '<', '<=', '>', '>=');
  const otherwise = (): never => {
    throw new Error('a value was made');
  };
  fc.assert(
    fc.property(number, operators, number, (a, each, b) => {
      expect(compareNumeric(reading(a), each, reading(b), otherwise)(scene)).toBe(compareValues(a, each, b));
    }),
    { numRuns: 3000 },
  );
});
