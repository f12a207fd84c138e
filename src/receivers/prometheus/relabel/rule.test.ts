import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashmod, relabel, relabelRule, type RelabelOptions } from './rule.js';

const options = (given: Partial<RelabelOptions>): RelabelOptions => ({
  source_labels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0,
  target_label: '',
  replacement: '$1',
  action: 'replace',
  ...given,
});

function run(labels: Readonly<Record<string, string>>, ...rules: readonly Partial<RelabelOptions>[]): unknown {
  const map = new Map(Object.entries(labels));
  const kept = relabel(
    map,
    rules.map((rule) => relabelRule(options(rule))),
  );
  return kept ? Object.fromEntries(map) : 'dropped';
}

test.each<[string, Readonly<Record<string, string>>, Partial<RelabelOptions>, unknown]>([
  [
    'replace',
    { a: 'foo', b: 'bar', c: 'baz' },
    { source_labels: ['a'], regex: 'f(.*)', target_label: 'd', replacement: 'ch${1}-ch${1}' },
    { a: 'foo', b: 'bar', c: 'baz', d: 'choo-choo' },
  ],
  [
    'replace joins',
    { a: 'foo', b: 'bar' },
    { source_labels: ['a', 'b'], regex: 'f(.*);(.*)r', target_label: 'a', replacement: 'b${1}${2}m' },
    { a: 'boobam', b: 'bar' },
  ],
  [
    'replace without a match',
    { a: 'boo' },
    { source_labels: ['a'], regex: 'f', target_label: 'b', replacement: 'x' },
    { a: 'boo' },
  ],
  [
    'the whole text must match',
    { a: 'foo' },
    { source_labels: ['a'], regex: 'f', target_label: 'b', replacement: 'x' },
    { a: 'foo' },
  ],
  [
    'an alternative is anchored as well',
    { a: 'ab' },
    { source_labels: ['a'], regex: 'a|b', target_label: 'b', replacement: 'x' },
    { a: 'ab' },
  ],
  [
    'an empty result removes',
    { a: 'foo', b: 'x' },
    { source_labels: ['a'], regex: '.*', target_label: 'b', replacement: '' },
    { a: 'foo' },
  ],
  [
    'the target is a template',
    { a: 'some-job-B' },
    { source_labels: ['a'], regex: 'some-([^-]+)-([^,]+)', target_label: '${1}_${2}', replacement: '$2' },
    { a: 'some-job-B', job_B: 'B' },
  ],
  [
    'a named group',
    { a: 'xy' },
    { source_labels: ['a'], regex: '(?P<first>.).', target_label: 'b', replacement: '${first}!' },
    { a: 'xy', b: 'x!' },
  ],
  [
    'a dot is every character',
    { a: 'x\ny' },
    { source_labels: ['a'], regex: 'x(.*)', target_label: 'b' },
    { a: 'x\ny', b: '\ny' },
  ],
  ['keep', { a: 'foo' }, { source_labels: ['a'], regex: 'no-match', action: 'keep' }, 'dropped'],
  ['keep what matches', { a: 'foo' }, { source_labels: ['a'], regex: 'f|foo', action: 'Keep' }, { a: 'foo' }],
  ['drop', { a: 'foo' }, { source_labels: ['a'], regex: '.*o.*', action: 'drop' }, 'dropped'],
  ['drop nothing', { a: 'foo' }, { source_labels: ['a'], regex: 'o', action: 'drop' }, { a: 'foo' }],
  [
    'keepequal',
    { a: 'x', b: 'x' },
    { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
    { a: 'x', b: 'x' },
  ],
  [
    'keepequal of others',
    { a: 'x', b: 'y' },
    { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
    'dropped',
  ],
  ['dropequal', { a: 'x', b: 'x' }, { source_labels: ['a'], target_label: 'b', action: 'dropequal' }, 'dropped'],
  [
    'hashmod as Prometheus',
    { c: 'baz' },
    { source_labels: ['c'], target_label: 'd', modulus: 1000, action: 'hashmod' },
    { c: 'baz', d: '976' },
  ],
  [
    'hashmod of two lines',
    { a: 'foo\nbar' },
    { source_labels: ['a'], target_label: 'b', modulus: 1000, action: 'hashmod' },
    { a: 'foo\nbar', b: '734' },
  ],
  [
    'labelmap',
    { a: 'foo', b1: 'bar', b2: 'baz' },
    { regex: '(b.*)', replacement: 'bar_${1}', action: 'labelmap' },
    { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
  ],
  ['labeldrop', { a: 'foo', b1: 'bar', b2: 'baz' }, { regex: '(b.*)', action: 'labeldrop' }, { a: 'foo' }],
  ['labelkeep', { a: 'foo', b1: 'bar', b2: 'baz' }, { regex: '(b.*)', action: 'labelkeep' }, { b1: 'bar', b2: 'baz' }],
  [
    'lowercase',
    { foo: 'bAr123Foo' },
    { source_labels: ['foo'], action: 'lowercase', target_label: 'l' },
    { foo: 'bAr123Foo', l: 'bar123foo' },
  ],
  [
    'uppercase',
    { foo: 'bAr123Foo' },
    { source_labels: ['foo'], action: 'uppercase', target_label: 'l' },
    { foo: 'bAr123Foo', l: 'BAR123FOO' },
  ],
])('%s', (_, labels, rule, expected) => {
  expect(run(labels, rule)).toEqual(expected);
});

test('rules see what those before them did', () => {
  expect(
    run(
      { a: 'foo' },
      { source_labels: ['a'], target_label: 'b', regex: '(f).*' },
      { source_labels: ['b'], target_label: 'c', replacement: '${1}x' },
      { regex: 'a|b', action: 'labeldrop' },
    ),
  ).toEqual({ c: 'fx' });
});

test('hashmod is the last 64 bits of MD5', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1e6 }), (text, modulus) => {
      const hex = createHash('md5').update(text).digest('hex').slice(16);
      expect(hashmod(text, modulus)).toBe(Number(BigInt(`0x${hex}`) % BigInt(modulus)));
    }),
  );
});
