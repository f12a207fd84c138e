import { expect, it } from 'vitest';
import { globPattern } from './glob.js';
import { pattern } from './pattern.js';

it.each([
  ['/user/*/list/*', '/user/123/list/9', true],
  ['/user/*', '/user/123/list/9', true],
  ['/user/**', '/user/123/list/9', true],
  ['hello ?orld', 'hello world', true],
  ['[a-h]ello world', 'hello world', true],
  ['[!a-h]ello', 'hello', false],
  ['hello', 'hello world', false],
  ['*', '', true],
  ['hello\\ world', 'hello world', true],
  ['{a,b*}', 'bc', true],
  ['a.c', 'abc', false],
])('%s on %j: %s', (glob, text, expected) => {
  expect(pattern(globPattern(glob)).test(text)).toBe(expected);
});

it('refuses a class that does not end', () => {
  expect(() => globPattern('[')).toThrow('unexpected end of input');
});
