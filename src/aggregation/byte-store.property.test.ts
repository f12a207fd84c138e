import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteStore } from './byte-store.js';
import { MemoryBound } from './memory-bound.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 100);
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 8192 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8193, max: 40_000 }) },
);

test('pieces keep their content, whatever is taken and given back around them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.boolean(), fc.nat()), { maxLength: 300 }), (steps) => {
      const bound = new MemoryBound(1 << 30);
      const store = new ByteStore(bound);
      const pieces: { readonly address: number; readonly content: Buffer }[] = [];
      const contentOf = (address: number, length: number): Buffer =>
        store.chunk(address).bytes.subarray(store.offset(address), store.offset(address) + length);
      for (const [i, [length, takes, which]] of steps.entries()) {
        if (takes || pieces.length === 0) {
          const address = store.take(length);
          expect(store.offset(address) % 8).toBe(0);
          const content = Buffer.alloc(length, i);
          content.copy(contentOf(address, length));
          pieces.push({ address, content });
        } else {
          const [piece] = pieces.splice(which % pieces.length, 1);
          store.giveBack(piece!.address, piece!.content.length);
        }
      }
      for (const { address, content } of pieces) expect(contentOf(address, content.length).equals(content)).toBe(true);
      expect(bound.used).toBe(pieces.reduce((sum, { content }) => sum + ByteStore.sizeOf(content.length), 0));
      for (const { address, content } of pieces) store.giveBack(address, content.length);
      expect(bound.used).toBe(0);
    }),
    { numRuns: runs },
  );
});

test('a size wastes at most a quarter, and memory that was given back is used again', () => {
  for (let length = 64; length <= 8192; length++)
    expect(ByteStore.sizeOf(length)).toBeLessThanOrEqual(Math.max(length + 8, length * 1.26));
  const store = new ByteStore(new MemoryBound(1 << 30));
  const take = (): number[] => Array.from({ length: 10_000 }, (_, i) => store.take(10 + (i % 90)));
  const first = take();
  const { reservedBytes } = store;
  for (let round = 0; round < 5; round++) {
    for (const [i, address] of first.entries()) store.giveBack(address, 10 + (i % 90));
    first.splice(0, first.length, ...take());
  }
  expect(store.reservedBytes).toBe(reservedBytes);
});
