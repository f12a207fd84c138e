import fc from 'fast-check';
import { expect, it } from 'vitest';

import { exp2, log2 } from './binary-logarithm.js';

it('agrees with what V8 computes but for the last bits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (value) => {
      expect(log2(value)).toBeCloseTo(Math.log2(value), 9);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), (power) => {
      expect(exp2(power) / 2 ** power).toBeCloseTo(1, 12);
    }),
  );
});

it('is exact for powers of two', () => {
  for (let power = -1000; power <= 1000; power++) {
    expect(log2(2 ** power)).toBe(power);
    expect(exp2(power)).toBe(2 ** power);
  }
});
