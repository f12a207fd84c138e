import { expect, it } from 'vitest';

import { callConverter, callWithPath } from '../../../../test/support/ottl-call.js';
import { isValidLuhn } from './is-valid-luhn.js';
import { logarithm } from './logarithm.js';

it.each([
  ['17893729974', true],
  ['17893729975', false],
  ['4532 0151 1283 0366', true],
  ['', false],
])('IsValidLuhn of %j', (text, expected) => expect(callConverter(isValidLuhn, text)).toBe(expected));

it('says which character is no digit', () => {
  expect(() => callConverter(isValidLuhn, '1x2')).toThrow('strconv.Atoi: parsing "x": invalid syntax');
});

it('takes logarithms of positive numbers', () => {
  expect(callConverter(logarithm, 100)).toBe(Math.log(100));
  expect(() => callConverter(logarithm, -1)).toThrow('expected number greater than zero but got -1');
  expect(() => callWithPath(logarithm, undefined)).toThrow('got <nil>');
});
