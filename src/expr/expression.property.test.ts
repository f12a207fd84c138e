import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExprError } from './expr-error.js';
import { expression } from './expression.js';
import { compareTexts, type ExprValue } from './value.js';
import type { Vocabulary } from './vocabulary.js';

const vocabulary: Vocabulary<ExprValue> = {
  variables: { body: { read: (body) => body } },
  functions: { env: { of: (name) => () => name } },
  unknown: 'nil',
};

const value: fc.Arbitrary<ExprValue> = fc.letrec<{ value: ExprValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<ExprValue>(null, true, false, '', 'a', 'abc'),
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    fc.double(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')).map((entries) => new Map(Object.entries(entries))),
  ),
})).value;

const words = fc.constantFrom(
  ...'body .a ?.b [0] [1:2] [-1] ( ) [ ] { } , : ? ?? # | + - * / % ** ^ .. == != < <= > >= && || ! not in'.split(' '),
  ...'and or contains matches startsWith endsWith nil true 1 2.5 "a" "^a" \'b\' `c` any( all( map( filter('.split(' '),
  ...'count( len( upper( split( trim( env( string( toJSON( int( max( join( let if $ ; @ "\\q" 0x 1e'.split(' '),
);

test('any sequence of words is compiled or refused, and evaluated or failed, with an ExprError', () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 14 }), value, (sequence, body) => {
      const source = sequence.join(' ');
      try {
        expression(source, vocabulary).evaluate(body);
      } catch (error) {
        expect(error).toBeInstanceOf(ExprError);
        expect((error as ExprError).offset).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 5000 },
  );
});

/** Products first, then from the left. */
function sumOf(first: string, rest: readonly (readonly [operator: string, number: string])[]): number {
  let [sum, product] = [0, Number(first)];
  for (const [operator, number] of rest) {
    if (operator === '*') product *= Number(number);
    else if (operator === '/') product /= Number(number);
    else {
      sum += product;
      product = operator === '+' ? Number(number) : -Number(number);
    }
  }
  return sum + product;
}

test('products bind before sums, and both from the left', () => {
  const number = fc.integer({ min: 0, max: 9 }).map((n) => `${n}.5`);
  fc.assert(
    fc.property(number, fc.array(fc.tuple(fc.constantFrom('+', '-', '*', '/'), number)), (first, rest) => {
      const source = [first, ...rest.flat()].join(' ');
      expect(expression(source, vocabulary).evaluate(null)).toBe(sumOf(first, rest));
    }),
  );
});

test('the order of texts is that of their bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(compareTexts(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
