import { expect, it } from 'vitest';
import { pattern } from './pattern.js';

const megabyte = 1_000_000;

it.each([
  ['(a+)+$', `${'a'.repeat(megabyte)}b`],
  ['(a|a)*b', 'a'.repeat(megabyte)],
  ['(\\w+)\\s*=', 'a'.repeat(megabyte)],
  ['^(?:ab)*$', 'ab'.repeat(megabyte / 2) + 'c'],
  ['^[^/]+$', `${'a'.repeat(megabyte)}/`],
  ['<[^<>]*>', '<'.repeat(megabyte)],
  ['<[^<>]*>', `<${'a'.repeat(megabyte)}`],
  ['foo(?:bar|baz)\\d', 'foobar'.repeat(megabyte / 6)],
  ['(?i)\\d+[k]', '1'.repeat(megabyte)],
])('%s takes a short time on a long text', (source, text) => {
  expect(pattern(source).test(text.slice(0, -1))).toBeTypeOf('boolean');
  expect(pattern(source).replaceAll(text, '')).toBeTypeOf('string');
});

it('runs a text for which the stack of V8 is too small', () => {
  const text = `${'ab'.repeat(4 * megabyte)}c`;
  expect(pattern('^(?:ab?)*$').test(text)).toBe(false);
  expect(pattern('^(?:ab?)*').find(text)?.end).toBe(8 * megabyte);
});

it('gives up a search for all matches that is quadratic', () => {
  expect(() => pattern('a.*b|a').replaceAll('a'.repeat(megabyte / 5), 'x')).toThrow('takes too long');
});

it('gives up a result that grows without a bound', () => {
  expect(() => pattern('').replaceAll('a'.repeat(megabyte / 10), 'x'.repeat(1000))).toThrow('longer than');
});

it('tests many different characters in linear time', () => {
  const characters = Array.from({ length: 200_000 }, (_, i) => String.fromCodePoint(0x10000 + i));
  expect(pattern('(?:\\pL|a)+\\d$').test(characters.join(''))).toBe(false);
});

it('refuses many groups that would need much memory, and takes as many as are harmless', () => {
  expect(() => pattern('(a*)*'.repeat(10_000))).toThrow('too large');
  expect(pattern('(a)'.repeat(1000)).test('a'.repeat(1000))).toBe(true);
});

it('keeps a bounded number of patterns', () => {
  const first = pattern('kept?0');
  for (let i = 1; i < 2000; i++) pattern(`kept?${i}`);
  expect(pattern('kept?0')).not.toBe(first);
});
