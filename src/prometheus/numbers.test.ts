import fc from 'fast-check';
import { expect, test } from 'vitest';
import { milliseconds } from './milliseconds.js';
import { NativeBuckets } from './native.js';
import { floatText, numberText, plainText } from './number-text.js';

test.each([
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [-1.5, '-1.5'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [999_999, '999999'],
  [1_000_000, '1e+06'],
  [1_234_567.5, '1.2345675e+06'],
  [1e21, '1e+21'],
  [1.5e-9, '1.5e-09'],
  [1e100, '1e+100'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [Number.NaN, 'NaN'],
])('%d is written as %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test.each([
  [1_700_000_060, '1.70000006e+09'],
  [10, '10.0'],
  [0, '0.0'],
  [0.5, '0.5'],
  [Number.NaN, 'NaN'],
])('OpenMetrics writes %d as %s', (value, text) => {
  expect(floatText(value)).toBe(text);
});

test.each([
  [1e21, '1000000000000000000000'],
  [1.5e-9, '0.0000000015'],
  [-12_345_678.5, '-12345678.5'],
  [1e6, '1000000'],
  [0.25, '0.25'],
])('%d without an exponent is %s', (value, text) => {
  expect(plainText(value)).toBe(text);
});

test('every number is read back as it was', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      for (const text of [numberText(value), floatText(value), plainText(value)])
        expect(Number(text) + 0).toBe(value + 0);
      expect(plainText(value)).not.toContain('e');
    }),
  );
});

test('nanoseconds become whole milliseconds, exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) => {
      const [low, high] = [Number(nanos & 0xffff_ffffn), Number(nanos >> 32n)];
      expect(milliseconds({ low, high })).toBe(Number(nanos / 1_000_000n));
    }),
  );
});

test('native buckets say of every index what the buckets of OTLP say', () => {
  const counts = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 1000 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: -500, max: 500 }), counts, fc.nat({ max: 6 }), (offset, given, shift) => {
      const expected = new Map<number, number>();
      given.forEach((count, i) => {
        const index = Math.floor((offset + i) / 2 ** shift) + 1;
        if (count > 0) expected.set(index, (expected.get(index) ?? 0) + count);
      });
      const { spans, deltas } = new NativeBuckets().fill(offset, Float64Array.from(given), shift);
      const found = new Map<number, number>();
      let index = 0;
      let next = 0;
      let count = 0;
      for (let i = 0; i < spans.length; i += 2) {
        index += spans[i] ?? 0;
        expect(spans[i + 1]).toBeGreaterThan(0);
        for (let n = 0; n < (spans[i + 1] ?? 0); n++, index++) {
          count += deltas[next++] ?? Number.NaN;
          if (count > 0) found.set(index, count);
        }
      }
      expect(next).toBe(deltas.length);
      expect(found).toEqual(expected);
    }),
  );
});

test('a gap of at most two empty buckets is written out', () => {
  const native = new NativeBuckets().fill(0, Float64Array.of(1, 0, 1, 0, 0, 0, 2, 0, 0, 3), 0);
  expect(native.spans).toEqual([1, 3, 3, 4]);
  expect(native.deltas).toEqual([1, -1, 1, 1, -2, 0, 3]);
});
