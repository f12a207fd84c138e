import fc from 'fast-check';
import { expect, test } from 'vitest';
import { json, mediaTypeOf, protobuf } from './media-types.js';

/** The form of a content type, as one pattern; too slow for what strangers send, since it can go back. */
const wellFormed = /^\s*[^\s;]+\s*(;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*("[^"]*"|[\w!#$%&'*+.^`|~-]+)\s*)*;?\s*$/;

test('a content type is read as the pattern of one says', () => {
  const piece = fc.constantFrom(';', '=', '"', ' ', '\t', 'a', 'charset', 'utf-8', '"x;y"', '/', '\n');
  const type = fc.constantFrom('application/json', 'application/x-protobuf', ' Application/JSON ', 'text/plain', '');
  fc.assert(
    fc.property(type, fc.array(piece, { maxLength: 9 }), (name, pieces) => {
      const text = `${name}${pieces.join('')}`;
      const bare = text.split(';')[0]?.trim().toLowerCase();
      const known = [protobuf, json].find((each) => each.name === bare);
      expect(mediaTypeOf(text)).toBe(wellFormed.test(text) ? known : undefined);
    }),
    { numRuns: 3000 },
  );
});

test('the parameters of a content type are read as far as they are well-formed', () => {
  expect(mediaTypeOf('application/json; charset="a;b" ; q=1;')).toBe(json);
  for (const text of ['application/json; ;', 'application/json; q', 'application/json; q="', 'application/json x'])
    expect(mediaTypeOf(text)).toBeUndefined();
});

test('a content type of more than 1,024 characters is none', () => {
  const padded = (length: number): string => 'application/json;'.padEnd(length, ' ');
  expect(mediaTypeOf(padded(1024))).toBe(json);
  expect(mediaTypeOf(padded(1025))).toBeUndefined();
});
