import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { allocate, boundIdle, idleBytes, isPooled, release, retain, trimIdle } from './buffer-pool.js';

const kiB = 1024;
const miB = 1024 * kiB;

beforeEach(() => {
  trimIdle();
  trimIdle();
  boundIdle(32 * miB);
});

test('in every order of allocating, retaining and releasing, no two holders share memory', () => {
  const step = fc.record({
    what: fc.constantFrom('take', 'hold', 'release'),
    size: fc.integer({ min: 0, max: 300 * kiB }),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const held: { readonly bytes: Uint8Array; readonly mark: number; holders: number }[] = [];
      let mark = 0;
      for (const { what, size, which } of steps) {
        const at = which % Math.max(1, held.length);
        const one = held[at];
        if (what === 'take') {
          const bytes = allocate(size);
          expect(bytes.length).toBe(size);
          bytes.fill(++mark & 255);
          held.push({ bytes, mark: mark & 255, holders: 1 });
        } else if (one && what === 'hold') {
          retain(one.bytes);
          one.holders++;
        } else if (one) {
          release(one.bytes);
          if (--one.holders === 0) held.splice(at, 1);
        }
      }
      for (const { bytes, mark: own } of held) expect(bytes.every((byte) => byte === own)).toBe(true);
      // Memory beyond the bound is left to the garbage collector.
    }),
  );
});

test('memory goes to the next request of about its size, with an eighth to spare at most', () => {
  const first = allocate(700 * kiB);
  release(first);
  const second = allocate(690 * kiB);
  expect(second.buffer).toBe(first.buffer);
  for (const size of [32 * kiB, 33 * kiB, 700_001, 4 * miB])
    expect(allocate(size).buffer.byteLength).toBeLessThanOrEqual((size * 9) / 8);
  expect([isPooled(allocate(31 * kiB)), isPooled(allocate(5 * miB))]).toEqual([false, false]);
});

test('idle memory is bounded, and freed when it was not needed for a while', () => {
  boundIdle(miB);
  const buffers = Array.from({ length: 8 }, () => allocate(256 * kiB));
  for (const buffer of buffers) release(buffer);
  expect(idleBytes()).toBe(miB);
  trimIdle();
  const again = allocate(256 * kiB);
  release(again);
  expect(idleBytes()).toBe(miB);
  trimIdle();
  // One was in use since.
  expect(idleBytes()).toBe(256 * kiB);
  trimIdle();
  expect(idleBytes()).toBe(0);
});

test('memory that is released once too often is a fault, not two owners', () => {
  const bytes = allocate(64 * kiB);
  release(bytes);
  expect(() => release(bytes)).toThrow('released more often');
});

test('in tests, memory that is given back is spoiled', () => {
  const bytes = allocate(64 * kiB).fill(1);
  release(bytes);
  expect(bytes[0]).toBe(0xdd);
});
