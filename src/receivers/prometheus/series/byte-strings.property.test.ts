import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteStrings } from './byte-strings.js';

test('it knows the strings that a map knows', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 300 }), (strings) => {
      const table = new ByteStrings();
      const known = new Map<string, number>();
      for (const string of strings) {
        const bytes = Buffer.from(string);
        const key = bytes.toString('latin1');
        const framed = Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('c')]);
        expect(table.find(framed, 2, 2 + bytes.length)).toBe(known.get(key) ?? -1);
        const i = table.intern(framed, 2, 2 + bytes.length);
        if (!known.has(key)) known.set(key, known.size);
        expect(i).toBe(known.get(key));
        expect(table.bytes.toString('latin1', table.from(i), table.to(i))).toBe(key);
        expect(table.isAt(i, framed, 2)).toBe(true);
        if (bytes.length > 0) expect(table.isAt(i, framed.subarray(0, -2), 2)).toBe(false);
      }
      expect(table.count).toBe(known.size);
    }),
  );
});
