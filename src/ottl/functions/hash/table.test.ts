import { expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import { hashFunctions } from './table.js';

it.each([
  ['SHA1', 'a', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ['SHA256', 'a', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  ['MD5', 'a', '0cc175b9c0f1b6a831c399e269772661'],
  ['FNV', '', -3_750_763_034_362_895_579n],
  ['FNV', 'hello world', 8_618_312_879_776_256_743n],
  ['Murmur3Hash', '', '00000000'],
  ['Murmur3Hash', 'Hello World', 'ce837619'],
  ['Murmur3Hash128', 'Hello World', 'dbc2a0c1ab26631a27b4c09fcf1fe683'],
  ['XXH3', '', '2d06800538d394c2'],
  ['XXH3', 'hello world', 'd447b1ea40e6988b'],
  ['XXH128', 'hello', 'b5e9c1ad071b3e7fc779cfaa5e523818'],
])('%s of %j', (name, text, expected) => expect(callConverter(named(hashFunctions, name), text)).toBe(expected));

it('hashes a text of SHA512', () => {
  expect(callConverter(named(hashFunctions, 'SHA512'), 'a')).toMatch(/^1f40fc92da241694750979ee6cf582f2/);
});
