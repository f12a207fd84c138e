import { expect, test } from 'vitest';
import { Backing } from '../../../otlp/view/backing.js';
import { Range } from '../../../otlp/view/range.js';
import { TraceStateTest } from './trace-state.js';

function matches(state: string, key: string, ...values: readonly string[]): boolean {
  const backing = new Backing();
  backing.bytes = Buffer.from(`xx${state}yy`);
  const range = new Range().move(backing, 2, backing.bytes.length - 2);
  return new TraceStateTest(key, values).test(range);
}

const members = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=v`).join();

test.each([
  ['', false],
  ['vendor=a', true],
  ['vendor=b', false],
  ['other=a', false],
  ['vendor=aa', false],
  ['other=x,vendor=a', true],
  ['\t vendor=a \t', true],
  ['other=x , \tvendor=a', true],
  ['vendor=a,,other=x,', true],
  ['vendor=a,vendor=b', false],
  ['vendor=a,other=x,other=x', false],
  ['vendor=a,bad', false],
  ['vendor=a,Other=x', false],
  ['vendor=a,=x', false],
  ['vendor=a,other=', false],
  ['vendor=a,other=x=y', false],
  ['vendor=a,other=\u00e9', false],
  ['vendor=a,other= x', true],
  ['vendor=a, ', false],
  ['vendor =a', false],
  ['vendor=a,1x=y', false],
  ['vendor=a,1x@sys=y', true],
  ['vendor=a,x@1sys=y', false],
  ['vendor=a,x@y@z=y', false],
  ['vendor=a,x@=y', false],
  ['vendor=a,a_-*/0=y', true],
  [`vendor=a,${'k'.repeat(256)}=y`, true],
  [`vendor=a,${'k'.repeat(257)}=y`, false],
  [`vendor=a,${'t'.repeat(241)}@${'s'.repeat(14)}=y`, true],
  [`vendor=a,${'t'.repeat(242)}@s=y`, false],
  [`vendor=a,t@${'s'.repeat(15)}=y`, false],
  [`vendor=a,x=${'v'.repeat(256)}`, true],
  [`vendor=a,x=${'v'.repeat(257)}`, false],
  [`vendor=a,${members(31)}`, true],
  [`vendor=a,${members(32)}`, false],
])('%j: %s', (state, expected) => {
  expect(matches(state, 'vendor', 'a')).toBe(expected);
});

test('values', () => {
  expect(matches('vendor=b', 'vendor', 'a', 'b')).toBe(true);
  expect(matches('vendor= a', 'vendor', ' a')).toBe(true);
  expect(matches('vendor=a', 'vendor')).toBe(false);
  expect(matches('vendor=', 'vendor', '')).toBe(false);
  expect(matches(`k=${'v'.repeat(254)}`, 'k', 'v'.repeat(254))).toBe(true);
  expect(matches(`k=${'v'.repeat(255)}`, 'k', 'v'.repeat(255))).toBe(false);
});
