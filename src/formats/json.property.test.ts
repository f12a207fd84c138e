import fc from 'fast-check';
import { expect, it } from 'vitest';

import { readJson, type JsonValue } from './json.js';

type Parsed = JsonValue<undefined, ParsedMap>;
interface ParsedMap extends Map<string, Parsed> {}

const parseJson = (text: string): Parsed =>
  readJson<undefined, ParsedMap>(text, {
    nothing: undefined,
    members: () => new Map(),
    error: (message) => new SyntaxError(message),
  });

it('reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(plain(parseJson(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('fails with a message for any other text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0e-+. \ntrfalsn') }), (text) => {
      try {
        parseJson(text);
      } catch (error) {
        expect(error).toMatchObject({ name: 'SyntaxError' });
      }
    }),
  );
});

function plain(value: Parsed): unknown {
  if (value === undefined) return null;
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
