import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededKey } from './seeded-key.js';
import type { SipSeed } from './sip-hash.js';

const seed: SipSeed = [1, 2, 3, 4];

/** The halves of the key. */
function halvesOf(content: Uint8Array, of: SipSeed = seed, before = 0): readonly [string, string] {
  const out = Buffer.alloc(16);
  const bytes = Buffer.concat([Buffer.alloc(before, 1), content, Buffer.alloc(5, 2)]);
  seededKey(bytes, before, before + content.length, out, of);
  return [out.toString('hex', 0, 8), out.toString('hex', 8)];
}

test('each half of a key differs with every byte, with the length and with its half of the seed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.nat({ max: 7 }), (content, place, bit) => {
      const [first, second] = halvesOf(content);
      expect(halvesOf(content, seed, 7)).toEqual([first, second]);
      expect(first).not.toBe(second);
      const changed = Uint8Array.from(content);
      changed[place % content.length]! ^= 1 << bit;
      const longer = Buffer.concat([content, Buffer.alloc(1)]);
      for (const other of [changed, longer, content.subarray(1)]) {
        const [otherFirst, otherSecond] = halvesOf(other);
        expect(otherFirst).not.toBe(first);
        expect(otherSecond).not.toBe(second);
      }
      for (let part = 0; part < 4; part++) {
        const others = [...seed] as [number, number, number, number];
        others[part]! ^= 1 << bit;
        const [otherFirst, otherSecond] = halvesOf(content, others);
        expect([otherFirst !== first, otherSecond !== second]).toEqual([part < 2, part >= 2]);
      }
    }),
  );
});

test('the four words of a key are unlike each other', () => {
  const words = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const out = Buffer.alloc(16);
    seededKey(Buffer.from(`metric ${i}`), 0, `metric ${i}`.length, out);
    for (let at = 0; at < 16; at += 4) words.add(out.toString('hex', at, at + 4));
  }
  // Of 4000 random words of 32 bits two are alike in one of 500 runs.
  expect(words.size).toBeGreaterThan(3990);
});
