import { expect, test } from 'vitest';
import { ExprError } from './expr-error.js';
import { expression } from './expression.js';
import type { ExprValue } from './value.js';
import type { Vocabulary } from './vocabulary.js';

interface Entry {
  readonly body: ExprValue;
  readonly attributes: ExprValue;
}

const vocabulary: Vocabulary<Entry> = {
  variables: { body: { read: ({ body }) => body }, attributes: { read: ({ attributes }) => attributes } },
  functions: { env: { type: 'string', of: (name) => () => `value of ${name}` } },
  unknown: 'nil',
};

/** The value of a log line's JSON: floats, and maps. */
function valueOf(json: unknown): ExprValue {
  if (Array.isArray(json)) return json.map(valueOf);
  if (typeof json !== 'object' || json === null) return json as ExprValue;
  return new Map(Object.entries(json).map(([key, value]) => [key, valueOf(value)]));
}

const entry: Entry = {
  body: valueOf({ a: 'abc', n: 6, l: ['x', 'y'], m: { k: 'v', deep: { x: 1 } }, t: true }),
  attributes: new Map<string, ExprValue>([
    ['k', 'a'],
    ['code', 200n],
    ['k8s.pod.name', 'web-1'],
  ]),
};

const evaluated = (source: string): ExprValue => expression(source, vocabulary).evaluate(entry);

test.each<readonly [source: string, value: ExprValue]>([
  ['1 + 2 * 3', 7n],
  ['(1 + 2) * 3', 9n],
  ['2 ** 3 ** 2', 512],
  ['-2 ^ 2', -4],
  ['7 / 2', 3.5],
  ['7 % 4', 3n],
  ['9223372036854775807 + 1', -9223372036854775808n],
  ['0x2A + 0b11 + 0o7 + 1_000', 1052n],
  ['.5 + 1e3', 1000.5],
  ['"a" + \'b\' + `c\\n`', 'abc\\n'],
  ['"\\x41\\u00e9\\U0001F600\\101\\n"', 'Aé😀A\n'],
  ['1 == 1.0 and 1 != 2', true],
  ['"b" > "a" && 2 >= 2 || false', true],
  ['"\\uFFFD" < "😀"', true],
  ['not (1 > 2)', true],
  ['!false and not false', true],
  ['1 > 2 ? "a" : 2 > 1 ? "b" : "c"', 'b'],
  ['nil ?? "x"', 'x'],
  ['body.a contains "b" and body.a startsWith "a" and body.a endsWith "c"', true],
  ['body.a matches "^a.c$"', true],
  ['body.a matches "B"', false],
  ['body.a not matches "B"', true],
  ['body.missing contains "b"', false],
  ['body.missing == nil', true],
  ['body?.x?.y == nil', true],
  ['body.x?.y.z', null],
  ['foo == 1', false],
  ['body["a"] == "abc"', true],
  ['attributes["k8s.pod.name"]', 'web-1'],
  ['attributes.code >= 200 and attributes.code < 300.5', true],
  ['body.l[0] + body.l[-1]', 'xy'],
  ['body.l[1:]', ['y']],
  ['body.l[:] == ["x", "y"]', true],
  ['body.a[1:2]', 'b'],
  ['"x" in body.l and not ("z" in body.l) and "z" not in body.l', true],
  ['"k" in body.m', true],
  ['body.a in ["abc", "d"]', true],
  ['6 in 1..6', true],
  ['body.n in 1..5', false],
  ['any(body.l, {# == "y"}) and all(body.l, len(#) == 1)', true],
  ['filter([1, 2, 3], # > 1) == [2, 3]', true],
  ['map([body.m], .k)', ['v']],
  ['count([1, 2, 3], # % 2 == 1)', 2n],
  ['any([[1], [2]], any(#, # == 2))', true],
  ['body.a | upper() | len()', 3n],
  ['split("a,b", ",")[1]', 'b'],
  ['trim("  x ") + trim("__y", "_")', 'xy'],
  ['type(body.n) + type(1) + type(nil) + type([]) + type({a: 1})', 'floatintnilarraymap'],
  ['int("7") + int(7.9)', 14n],
  ['float("1.5") + 1', 2.5],
  ['string(body.n) + string(1.5)', '61.5'],
  ['toJSON({"b": [1, nil], a: "x"})', '{"a":"x","b":[1,null]}'],
  ['replace("a.b.c", ".", "-") + join(["x", "y"], "+")', 'a-b-cx+y'],
  ['env("HOME")', 'value of HOME'],
  ['env(body.a)', 'value of abc'],
  ['len("né") == 2 and max(1, 2.5) == 2.5 and round(-1.5) == -2', true],
  ['/* a comment */ true // and another', true],
])('%s', (source, value) => {
  expect(evaluated(source)).toEqual(value);
});

test.each<readonly [source: string, offset: number, message: RegExp]>([
  ['', 0, /ends where a value/],
  ['(', 1, /ends where a value/],
  ['1 +', 3, /ends where a value/],
  ['body ==', 7, /ends where a value/],
  ['a b', 2, /"b" where an operator or the end/],
  ['[1, 2', 5, /ends where ","/],
  ['"abc', 0, /no end/],
  ['"\\q"', 1, /no escape/],
  ['1 @ 2', 2, /unexpected character/],
  ['body matches "["', 13, /missing closing \]/],
  ['1 + "a"', 2, /int \+ string is not possible/],
  ['"a" and true', 0, /true or false expected, not string/],
  ['nope(1)', 0, /no function "nope"/],
  ['len(1, 2)', 0, /takes 1 arguments, not 2/],
  ['99999999999999999999', 0, /larger than an int/],
  ['let x = 1; x', 0, /not supported/],
  ['# == 1', 0, /in a predicate only/],
  [`${'('.repeat(300)}1${')'.repeat(300)}`, 200, /nested more than/],
  [Array.from({ length: 300 }, () => '1').join(' + '), 802, /operators behind each other/],
])('%s is refused at its place', (source, offset, message) => {
  let error: unknown;
  try {
    expression(source, vocabulary);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ExprError);
  expect(error).toMatchObject({ offset, message: expect.stringMatching(message) as string });
});

test.each<readonly [source: string, message: RegExp]>([
  ['body.n % 2 == 1', /float % int is not possible/],
  ['body.a.x', /cannot read "x" of string/],
  ['foo.x', /cannot read "x" of nil/],
  ['body.l[2]', /array of 2 has no element 2/],
  ['body.n and true', /true or false expected, not float/],
  ['body.a + 1', /string \+ int is not possible/],
  ['body.n matches "x"', /float matches string/],
  ['any(body.a, true)', /array expected, not string/],
  ['1 % int(body.n - 6.0)', /division by zero/],
  ['0..int(body.n) * 1000000', /range of more than/],
  ['any(0..1000000, any(0..1000000, false))', /looks at more than/],
])('%s fails on the values', (source, message) => {
  expect(() => evaluated(source)).toThrow(message);
});

test('a long chain of conditions and deep values need no depth', () => {
  const chain = Array.from({ length: 3000 }, (_, i) => `body.n == ${i}.5`).join(' or ');
  expect(evaluated(chain)).toBe(false);
  let body: ExprValue = 'x';
  for (let i = 0; i < 100_000; i++) body = [body];
  const deep: Entry = { body, attributes: body };
  expect(expression('body == attributes', vocabulary).evaluate(deep)).toBe(true);
  expect(expression('len(toJSON(body))', vocabulary).evaluate(deep)).toBe(200_003n);
  const wide: Entry = { body: Array.from({ length: 300_000 }, () => 'x'), attributes: null };
  expect(expression('len(toJSON(body))', vocabulary).evaluate(wide)).toBe(1_200_001n);
});

test('a vocabulary may refuse names that it does not know', () => {
  expect(() => expression('Nope == 1', { ...vocabulary, unknown: 'fault' })).toThrow(
    '"Nope" is not known: there are body, attributes',
  );
});
