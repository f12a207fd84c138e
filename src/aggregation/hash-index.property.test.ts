import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HashIndex } from './hash-index.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 60);

/** All numbers with a hash. */
function found(index: HashIndex, hash: number): number[] {
  const numbers: number[] = [];
  for (let number = index.first(hash); number >= 0; number = index.next()) numbers.push(number);
  return numbers.sort((a, b) => a - b);
}

/** Few hashes, which collide in all bits or in the lowest ones, or many. */
const hashes = fc.constantFrom<(seed: number) => number>(
  (seed) => seed % 5,
  (seed) => (seed % 50) << 10,
  (seed) => Math.imul(seed, 0x9e3779b1),
  (seed) => (seed << 20) | 1023,
);

test('an index has what was added and not removed, however much that is', () => {
  fc.assert(
    fc.property(
      hashes,
      fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.boolean()), { maxLength: 400 }),
      fc.nat({ max: 4000 }),
      (hashOf, steps, many) => {
        const index = new HashIndex();
        const known = new Map<number, number>();
        const add = (number: number): void => {
          if (known.has(number)) return;
          // A few hundred numbers of one hash fit.
          if (index.add(hashOf(number), number)) known.set(number, hashOf(number));
          else expect(known.size).toBeGreaterThan(700);
        };
        for (let number = 5000; number < 5000 + many; number++) add(number);
        for (const [number, adds] of steps) {
          if (adds) add(number);
          else if (known.has(number)) {
            index.remove(hashOf(number), number);
            known.delete(number);
          }
        }
        const byHash = new Map<number, number[]>();
        for (const [number, hash] of known) byHash.set(hash, [...(byHash.get(hash) ?? []), number]);
        for (const [hash, numbers] of byHash) {
          expect(found(index, hash)).toEqual(numbers.sort((a, b) => a - b));
          expect(index.only(hash)).toBe(index.first(hash));
        }
        expect(found(index, 0x12345678)).toEqual(byHash.get(0x12345678) ?? []);
        expect(index.only(0x12345678)).toBe(index.first(0x12345678));
      },
    ),
    { numRuns: runs },
  );
});

test('hashes that are all alike are refused once a segment is full, and what is there stays', () => {
  const index = new HashIndex();
  let added = 0;
  while (index.add(7, added)) added++;
  expect(added).toBe(768);
  expect(found(index, 7)).toHaveLength(768);
});

test('a hundred thousand numbers take less than four slots each', () => {
  const index = new HashIndex();
  for (let i = 0; i < 100_000; i++) index.add(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 3), i);
  expect(index.reservedBytes).toBeLessThan(100_000 * 8 * 4);
});
