import { describe, expect, it } from 'vitest';
import { printCondition, printStatement } from '../../../test/support/ottl-print.js';
import { StatementError } from '../ottl-error.js';
import { parseCondition, parseStatement } from './parser.js';

describe('precedence', () => {
  it.each([
    ['a == 1 or b == 2 and c == 3', 'a == 1 or (b == 2 and c == 3)'],
    ['not a == 1 and b == 2', '(not a == 1) and b == 2'],
    ['(a == 1 or b == 2) and true', '(a == 1 or b == 2) and true'],
    ['((true))', 'true'],
    ['(a + 1) * 2 == 4', '(a + 1) * 2 == 4'],
    ['((a)) == 1', 'a == 1'],
    ['a + 1 * 2 - 3 == 4', 'a + (1 * 2) - 3 == 4'],
    ['-a == - 1', '-a == -1'],
    ['1 - -1 == 1-1', '1 - (-1) == 1 - 1'],
    ['(IsMatch(a, "b")) and not (IsMatch(a, "c"))', 'IsMatch(a, "b") and (not IsMatch(a, "c"))'],
    ['a["b"][0][c] == nil', 'a["b"][0][c] == nil'],
    ['A(b = 1, cD = E)["x"] == F', 'A(b=1, cD=E)["x"] == F'],
    ['{"a": 1 "b": [nil, 0x0A],} == {}', '{"a": 1, "b": [nil, 0x0a]} == {}'],
    ['"\\u00e9\\x41\\101\\xc3\\xa9" == "\\a\\b"', '"éAAé" == "\\u0007\\b"'],
  ])('of %s', (text, printed) => {
    expect(printCondition(parseCondition(text))).toBe(printed);
  });

  it('of a statement', () => {
    expect(printStatement(parseStatement(' set ( a . b , 1. )where\ntrue'))).toBe(
      'set(a.b, 1.00000000000000000000e+0) where true',
    );
  });
});

describe('hostile statements', () => {
  const many = 100_000;
  it.each([
    ['parentheses', `set(a, ${'('.repeat(many)}1${')'.repeat(many)})`],
    ['open parentheses of a condition', `set(a, 1) where ${'('.repeat(many)}`],
    ['not', `set(a, 1) where ${'not ('.repeat(many)}true${')'.repeat(many)}`],
    ['not without parentheses', `set(a, 1) where ${'not '.repeat(many)}true`],
    ['lists', `set(a, ${'['.repeat(many)}${']'.repeat(many)})`],
    ['maps', `set(a, ${'{"a":'.repeat(many)}1${'}'.repeat(many)})`],
    ['calls', `set(a, ${'A('.repeat(many)}${')'.repeat(many)})`],
    ['keys in keys', `set(${'a['.repeat(many)}`],
    ['keys in a row', `set(a${'["b"]'.repeat(many)}, 1)`],
    ['signs', `set(a, ${'-'.repeat(many)}1)`],
    ['signs and parentheses', `set(a, ${'-('.repeat(many)}1${')'.repeat(many)})`],
  ])('%s within each other are refused', (_, text) => {
    expect(() => parseStatement(text)).toThrow(StatementError);
  });

  it.each([
    ['a long text', `"${'x'.repeat(1_000_000)}" == a`],
    ['a text of escapes', `"${'\\n'.repeat(500_000)}" == a`],
    ['many operands', `a == 1${' or a == 1'.repeat(100_000)}`],
    ['a long sum', `a${' + 1'.repeat(250_000)} == 1`],
    ['many fields', `a${'.b'.repeat(500_000)} == 1`],
    ['a long list', `a == [${'1,'.repeat(500_000)}1]`],
    ['a long number', `${'0'.repeat(1_000_000)}1 == 1.${'0'.repeat(1_000_000)}`],
    ['blanks', `a ${' '.repeat(1_000_000)}== 1`],
  ])('%s is read in linear time', (_, text) => {
    expect(parseCondition(text)).toBeDefined();
  });
});
