import { describe, expect, it } from 'vitest';
import { CompiledPattern } from './compiled-pattern.js';
import { pattern, patternFault } from './pattern.js';

describe('a pattern', () => {
  it.each([
    ['^[\\w-]+$', 'a-b_c', true],
    ['^\\w$', 'é', false],
    ['^\\p{Greek}+$', 'αβ', true],
    ['^[[:digit:]]$', '5', true],
    ['^\\d$', '٣', false],
    ['^line2$', 'line1\nline2', false],
    ['(?m)^line2$', 'line1\nline2', true],
    ['(?m)^line2$', 'line1\rline2', false],
    ['\\Aab\\z', 'ab', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['\\Qab\\E+$', 'abbb', true],
    ['^a\\{2$', 'a{2', true],
    ['(?i:A)b', 'ab', true],
    ['(?i:A)b', 'aB', false],
    ['(?i)s', 'ſ', true],
    ['(?i)É', 'é', true],
    ['a\\sb', 'a\vb', false],
    ['[[:space:]]', '\v', true],
    ['a\\sb', 'a\u00a0b', false],
    ['[]x]y', 'x]y', true],
    ['[a^]{2}', 'a^', true],
    ['a|b|', 'ab', true],
    ['^(?i)test$', 'tEst', true],
    ['a{,3}', 'aaa', false],
    ['\\x{e9}', 'é', true],
    ['é\\b', 'é b', false],
    ['[^\\D]|[\\S]', 'Z', true],
    ['^.$', '😀', true],
    ['^[^a]$', '😀', true],
    ['.', '\n', false],
    ['(?s).', '\n', true],
    ['[^a]', '\n', true],
    ['foo$', 'foo\n', false],
    ['.*error.*', 'an error occurred', true],
    ['^(GET|POST)$', 'POST', true],
    ['^(GET|POST)$', 'POSTS', false],
    ['\\101', 'A', true],
  ])('%s on %j: %s', (source, text, expected) => {
    expect(pattern(source).test(text)).toBe(expected);
    const bytes = Buffer.from(`x${text}x`);
    expect(pattern(source).testBytes(bytes, 1, bytes.length - 1)).toBe(expected);
  });

  it.each([
    ['a**', 'invalid nested repetition operator: `**`'],
    ['(?<=a)', 'invalid named capture: `(?<=a)`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['(a{100}){100}', 'invalid repeat count: `{100}`'],
    ['[b-a]', 'invalid character class range: `b-a`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['\\Z', 'invalid escape sequence: `\\Z`'],
    ['\\C', 'invalid escape sequence: `\\C`'],
    ['(?x)a b', 'invalid or unsupported Perl syntax: `(?x`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(', 'missing closing ): `(`'],
    ['(?P<k>', 'missing closing ): `(?P<k>`'],
    [')', 'unexpected ): `)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
    ['(?P<>a)', 'invalid named capture: `(?P<>`'],
    [`${'('.repeat(1001)}${')'.repeat(1001)}`, 'expression nests too deeply'],
  ])('%s is refused in the words of Go', (source, message) => {
    expect(() => pattern(source)).toThrow(`error parsing regexp: ${message}`);
  });

  it('allows a name of a group twice, and any name', () => {
    const twice = pattern('(?P<constructor>a)|(?<constructor>b)([(](?P<__proto__>))');
    expect(twice.groupNames).toEqual(['', 'constructor', 'constructor', '', '__proto__']);
    expect(twice.replaceAll('a', '<${constructor}>')).toBe('<a>');
    expect(twice.replaceAll('b(', '<${constructor}>')).toBe('<b>');
  });

  it.each([
    ['\\d+', 'a12b3', '<$0>', 'a<12>b<3>'],
    ['(\\d)', '1', '$1a', ''],
    ['(\\d)', '1', '${1}a$$$', '1a$$'],
    ['(?P<n>\\d)', '1', '$n-${n}-${', '1-1-${'],
    ['a*', 'baac', 'x', 'xbxcx'],
    ['', '😀b', '-', '-😀-b-'],
    ['^', 'ab', 'm.', 'm.ab'],
    ['(a)|b', 'ab', '[$1]', '[a][]'],
    ['(?U)a+', 'aa', 'x', 'xx'],
    ['b', 'abc', "$&-$`-$'-$<n>-$$", "a$&-$`-$'-$<n>-$c"],
    ['x', 'ab', 'y', 'ab'],
    ['b', '', 'y', ''],
    ['$', 'ab', '!', 'ab!'],
    ['(?:(a)|b)*', 'ab', '<$1>', '<a>'],
    ['(a*)?', 'b', '<$1>', '<>b<>'],
  ])('%s in %j by %s: %j', (source, text, template, expected) => {
    expect(pattern(source).replaceAll(text, template)).toBe(expected);
  });

  it('shares patterns of the same source', () => {
    expect(pattern('shared')).toBe(pattern('shared'));
  });

  it.each([
    ['error|timeout', true, true],
    ['^/api/v\\d+/users/[^/]+$', true, true],
    ['^(?P<host>[^:]+):(\\d+)$', true, true],
    ['(\\d+)', true, true],
    ['\\d+\\.\\d+', true, false],
    ['password=[^&\\s]*', true, true],
    ['"[^"]*"', true, true],
    ['.*foo.*', true, false],
    ['(a+)+$', true, false],
    ['(a|a)*$', true, false],
    ['\\d+x', true, false],
    ['^\\d*\\d$', false, false],
    ['(?:ab|cd)*e', true, false],
    ['^(?:ab|cd)*e', true, true],
    ['\\pL', false, false],
  ])('%s: test on V8 %s, search on V8 %s', (source, test, find) => {
    expect(new CompiledPattern(source).isOnV8).toEqual({ test, find });
  });
});

it('says what is wrong with a pattern', () => {
  expect(patternFault('a|b')).toBeUndefined();
  expect(patternFault('(?=a)')).toBe('error parsing regexp: invalid or unsupported Perl syntax: `(?=`');
});
