import { expect, it } from 'vitest';
import type { Value } from '../../value.js';
import { sprintf } from './sprintf.js';

it.each<[string, Value[], string]>([
  ['%s-%d', ['a', 5n], 'a-5'],
  ['%05d|%5s|%-5s|', [42n, 'a', 'b'], '00042|    a|b    |'],
  ['%v %v %v', [1n, 2.5, true], '1 2.5 true'],
  ['%x %X %o %b %#x', [255n, 255n, 8n, 5n, 255n], 'ff FF 10 101 0xff'],
  ['%q', ['a"b\n'], '"a\\"b\\n"'],
  ['%d', ['a'], '%!d(string=a)'],
  ['%s', ['a', 'b'], 'a%!(EXTRA string=b)'],
  ['%s', [], '%!s(MISSING)'],
  ['100%%', [], '100%'],
  ['100%', [], '100%!(NOVERB)'],
  ['%e %g', [123456.789, 0.00001], '1.234568e+05 1e-05'],
  ['%v %v %v', [1_000_000.5, 1e21, 1e6], '1.0000005e+06 1e+21 1e+06'],
  ['%g %.3g %.10g', [100_000, 1234.5, 0.1], '100000 1.23e+03 0.1'],
  ['%f %.0f %8.3f|', [1.5, 2.5, 3.14159], '1.500000 2    3.142|'],
  ['%+d % d %+.1f', [5n, 5n, 1], '+5  5 +1.0'],
  ['%06.1f|%-8.2f|%+08.2f', [-1.25, 1.5, 2.5], '-001.2|1.50    |+0002.50'],
  ['%v', [undefined], '<nil>'],
  ['%s', [undefined], '%!s(<nil>)'],
  ['%T %T', [5n, 'x'], 'int64 string'],
  ['%c %U', [233n, 233n], 'é U+00E9'],
  ['%*d|%-*d|', [5n, 42n, 4n, 7n], '   42|7   |'],
  ['%.*f', [2n, 3.14159], '3.14'],
  ['%y', [1n], '%!y(int64=1)'],
  ['%[2]s %[1]s', ['a', 'b'], 'b a'],
  ['%[3]s', ['a'], '%!s(BADINDEX)'],
  ['%.2s|%5.1s|', ['héé', 'xyz'], 'hé|    x|'],
  ['%t %v', [true, false], 'true false'],
  ['%e %g %.3f %.0e', [0, 0, 0, 9.5], '0.000000e+00 0 0.000 1e+01'],
  ['%x', ['hi'], '6869'],
  ['%v', [Number.NaN], 'NaN'],
  ['%d', [1.5], '%!d(float64=1.5)'],
])('%s', (format, values, expected) => {
  expect(sprintf(format, values)).toBe(expected);
});

it('does not make a text without a bound', () => {
  expect(() => sprintf('%1000000d'.repeat(20), Array<Value>(20).fill(1n))).toThrow('more than');
});
