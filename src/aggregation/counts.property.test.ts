import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Counts } from './counts.js';

const number64 = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 2n ** 64n - 1n));
const lowOf = (value: bigint): number => Number(value & 0xffff_ffffn);
const highOf = (value: bigint): number => Number(value >> 32n);
const at = (counts: Counts, i: number): bigint => (BigInt(counts.high(i)) << 32n) | BigInt(counts.low(i));

test('sums wrap at 64 bits, and differences are exact or refused', () => {
  fc.assert(
    fc.property(number64, number64, (a, b) => {
      const counts = new Counts().resize(2);
      counts.set(1, lowOf(a), highOf(a));
      counts.add(1, lowOf(b), highOf(b));
      expect(at(counts, 1)).toBe(BigInt.asUintN(64, a + b));
      counts.set(1, lowOf(a), highOf(a));
      expect(counts.subtract(1, lowOf(b), highOf(b))).toBe(a >= b);
      expect(at(counts, 1)).toBe(a >= b ? a - b : a);
    }),
  );
});

test('counts are put before, cut and copied as those of a list are', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('resize' as const), by: fc.nat(100) }),
    fc.record({ kind: fc.constant('shift' as const), by: fc.nat(100) }),
    fc.record({ kind: fc.constant('cut' as const), by: fc.nat(100) }),
    fc.record({ kind: fc.constant('set' as const), by: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let counts = new Counts();
      let model: number[] = [];
      for (const { kind, by } of steps) {
        if (kind === 'resize') {
          counts.resize(by);
          model = Array.from({ length: by }, (_, i) => model[i] ?? 0);
        } else if (kind === 'shift') {
          counts.shift(by);
          model = [...new Array<number>(by).fill(0), ...model];
        } else if (kind === 'cut') {
          const from = Math.min(by, model.length);
          counts.cut(from, model.length - from);
          model = model.slice(from);
        } else if (by < model.length) {
          counts.set(by, by + 1, 0);
          model[by] = by + 1;
        }
        const copied = new Counts();
        copied.copy(counts);
        counts = copied;
        expect(Array.from({ length: counts.length }, (_, i) => counts.low(i))).toEqual(model);
      }
    }),
  );
});
