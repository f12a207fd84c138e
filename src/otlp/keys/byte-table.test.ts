import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteCache, ByteTable, hashOfKey, type ByteEntry } from './byte-table.js';

class Entry implements ByteEntry {
  readonly hash: number;
  readonly key: Uint8Array;
  chained: ByteEntry | undefined;

  constructor(key: Uint8Array, hash: number) {
    this.key = key;
    this.hash = hash;
  }
}

const keys = fc.uint8Array({ maxLength: 3 });
/** Few hashes, so that entries share slots and hashes. */
const hashOf = (key: Uint8Array): number => (key[0] ?? 0) & 3;
const nameOf = (key: Uint8Array): string => Buffer.from(key).toString('hex');

test('a table finds what a map of texts would find', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'remove', 'find'), keys), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (all) => {
      const table = new ByteTable<Entry>();
      const reference = new Map<string, Entry>();
      for (const [what, key] of all) {
        const name = nameOf(key);
        const padded = Buffer.from([9, ...key, 9]);
        const found = table.find(padded, 1, key.length + 1, hashOf(key));
        expect(found).toBe(reference.get(name));
        if (what === 'add' && !found) {
          const entry = new Entry(key, hashOf(key));
          table.add(entry);
          reference.set(name, entry);
        }
        if (what === 'remove' && found) {
          table.remove(found);
          reference.delete(name);
        }
        expect(table.size).toBe(reference.size);
      }
    }),
  );
});

test('a table that grows in steps finds all entries at every step, and removes them', () => {
  const table = new ByteTable<Entry>();
  const reference = new Map<string, Entry>();
  const hashes = fc.sample(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { numRuns: 700, seed: 1 });
  hashes.forEach((hash, i) => {
    const entry = new Entry(Buffer.from(String(i)), hash);
    table.add(entry);
    reference.set(String(i), entry);
    // Every third entry goes again, an old one, in the midst of moves too.
    const gone = reference.get(String(i - 40));
    if (gone && i % 3 === 0) {
      table.remove(gone);
      reference.delete(String(i - 40));
    }
    expect(table.size).toBe(reference.size);
    for (let j = 0; j <= i; j++) {
      const key = Buffer.from(String(j));
      if (table.find(key, 0, key.length, hashes[j] ?? 0) !== reference.get(String(j))) expect.fail(`${j} after ${i}`);
    }
  });
});

test('a cache stays within its bytes, finds what it has by its key alone, and keeps what is asked for', () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 400 }), (all) => {
      const cache = new ByteCache<Entry>(40, ({ key }) => key.length + 1);
      const lasting = new Entry(Buffer.from('lasting'), 7);
      cache.add(lasting);
      for (const key of all) {
        const hash = hashOfKey(key, 0, key.length);
        const found = cache.find(key, 0, key.length, hash);
        if (found) expect(nameOf(found.key)).toBe(nameOf(key));
        else cache.add(new Entry(key, hash));
        expect(cache.bytes).toBeLessThanOrEqual(40);
        expect(cache.find(Buffer.from('lasting'), 0, 7, 7)).toBe(lasting);
      }
    }),
  );
});

test('one entry that is larger than the cache pushes nothing out', () => {
  const cache = new ByteCache<Entry>(40, ({ key }) => key.length);
  const small = new Entry(Buffer.from('small'), 1);
  cache.add(small);
  cache.add(new Entry(Buffer.alloc(1000), 2));
  expect(cache.find(Buffer.from('small'), 0, 5, 1)).toBe(small);
  expect(cache.bytes).toBe(5);
});
