import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goFloat } from './go-float.js';

it('reads back, and agrees with JavaScript where no half is rounded', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
      fc.nat(20),
      (value, precision) => {
        for (const verb of ['e', 'f', 'g'] as const) expect(Number(goFloat(value, verb, undefined))).toBe(value);
        const own = goFloat(value, 'e', precision);
        const [mantissa = '', power = ''] = value.toExponential(precision).split('e');
        const [ownMantissa = '', ownPower = ''] = own.split('e');
        expect(Math.abs(Number(own) - Number(`${mantissa}e${power}`))).toBeLessThanOrEqual(
          Math.abs(value) * 10 ** -precision,
        );
        expect(ownMantissa.replace('-', '')).toHaveLength(precision === 0 ? 1 : precision + 2);
        expect(ownPower).toMatch(/^[+-]\d{2,3}$/);
        if (Math.abs(value) < 1e20) expect(goFloat(value, 'f', precision).split('.')[1] ?? '').toHaveLength(precision);
      },
    ),
  );
});
