import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goQuoted } from './quoted.js';
import { unquoted } from './unquoted.js';

test.each<readonly [quoted: string, text: string | undefined]>([
  ['"a \\"b\\" \\n c"', 'a "b" \n c'],
  ['`raw \\n`', 'raw \\n'],
  ["'x'", 'x'],
  ["'\\''", "'"],
  ['"\\u65e5\\U0001F600\\xc3\\xa9\\101"', '日😀éA'],
  ["'xy'", undefined],
  ["''", undefined],
  ['plain', undefined],
  ['"open', undefined],
  ['"', undefined],
  ['"a"b"', undefined],
  ['"\\q"', undefined],
  ['"\\ud800"', undefined],
  ['"\\400"', undefined],
  ['"\\\'"', undefined],
  ['`a`b`', undefined],
])('%s', (quoted, text) => expect(unquoted(quoted)).toBe(text));

test('takes off what goQuoted puts on', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      expect(unquoted(goQuoted(text))).toBe(text);
    }),
  );
});

test('any text has quotes taken off, or is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'"\'`\\xuU0n7a') }), (text) => {
      expect(['string', 'undefined']).toContain(typeof unquoted(text));
    }),
  );
});
