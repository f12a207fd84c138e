import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataViewOf } from '../wire/viewed-bytes.js';
import { key } from './key.js';

test('bytes that are compared by words are a key exactly when they are byte by byte', () => {
  const text = fc.string({ minLength: 0, maxLength: 12, unit: fc.constantFrom('a', 'b') });
  fc.assert(
    fc.property(text, text, fc.boolean(), (name, other, isSame) => {
      const held = isSame ? name : other;
      const bytes = Buffer.from(`..${held}.`);
      const wanted = key(name);
      const end = 2 + held.length;
      expect(wanted.equalsIn(dataViewOf(bytes), 2, end)).toBe(name === held);
      expect(wanted.equals(bytes, 2, end)).toBe(name === held);
    }),
  );
});
