import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactThreshold } from '../../test/support/reference-sampling.js';
import { randomnessOfTraceId, readRandomness, readThreshold, writeRandomness, writeThreshold } from './hex.js';
import { keepAll, keepNone, probabilityOf, thresholdOf } from './threshold.js';
import { Word56 } from './word56.js';

const whole = 1n << 56n;
const half = 2 ** 28;

const valueOf = ({ high, low }: Word56): bigint => BigInt(high) * BigInt(half) + BigInt(low);
const wordOf = (value: bigint): Word56 => new Word56().set(Number(value >> 28n), Number(value & 0xfffffffn));

const probability = fc.oneof(
  fc.double({ min: 2 ** -56, max: 1, noNaN: true }),
  fc.integer({ min: 0, max: 56 }).map((power) => 2 ** -power),
  fc.integer({ min: 1, max: 52 }).map((power) => 1 - 2 ** -power),
  fc.integer({ min: 1, max: 10_000 }).map((percentage) => Math.fround(percentage / 100) / 100),
);
const anyThreshold = fc.oneof(
  fc.bigInt(0n, whole),
  fc.tuple(fc.bigInt(0n, 255n), fc.integer({ min: 0, max: 48 })).map(([bits, zeros]) => bits << BigInt(zeros)),
);

test('a threshold has the digits of exact arithmetic', () => {
  const word = new Word56();
  fc.assert(
    fc.property(probability, fc.integer({ min: 1, max: 14 }), (value, digits) => {
      expect(thresholdOf(value, digits, word)).toBe(true);
      expect(valueOf(word)).toBe(exactThreshold(value, digits));
    }),
    { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 2000) },
  );
});

test('a probability that no threshold can express is refused, and the word stays', () => {
  const word = new Word56().set(1, 2);
  for (const value of [0, -1, 1.0000001, 2 ** -57, NaN, Infinity]) expect(thresholdOf(value, 4, word)).toBe(false);
  expect(word).toMatchObject({ high: 1, low: 2 });
});

test('the probability of a threshold is the nearest double', () => {
  fc.assert(
    fc.property(anyThreshold, (threshold) => {
      // A conversion of a bigint rounds to the nearest, and a division by a power of two is exact.
      expect(probabilityOf(wordOf(threshold))).toBe(Number(whole - threshold) / 2 ** 56);
    }),
  );
  expect([probabilityOf(keepAll(new Word56())), probabilityOf(keepNone(new Word56()))]).toEqual([1, 0]);
});

test('words compare as their numbers', () => {
  fc.assert(
    fc.property(anyThreshold, anyThreshold, (a, b) => {
      expect(Math.sign(wordOf(a).compare(wordOf(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

test('thresholds and randomness are read and written as hexadecimal digits', () => {
  const word = new Word56();
  const text = new Uint8Array(20);
  const textTo = (end: number): string => Buffer.from(text.subarray(2, end)).toString();
  fc.assert(
    fc.property(fc.bigInt(0n, whole - 1n), (value) => {
      const digits = value.toString(16).padStart(14, '0');
      expect(textTo(writeRandomness(wordOf(value), text, 2))).toBe(digits);
      const short = digits.replace(/0+$/, '') || '0';
      expect(textTo(writeThreshold(wordOf(value), text, 2))).toBe(short);
      for (const written of [digits, digits.toUpperCase(), short]) {
        const bytes = Buffer.from(`x${written}x`);
        expect(readThreshold(bytes, 1, bytes.length - 1, word)).toBe(true);
        expect(valueOf(word)).toBe(value);
        expect(readRandomness(bytes, 1, bytes.length - 1, word)).toBe(written.length === 14);
      }
      expect(valueOf(randomnessOfTraceId(Buffer.from(`ffffffffffffffffff${digits}`, 'hex'), 0, word))).toBe(value);
    }),
  );
});

test.each(['', '0123456789abcde', 'g', '-1', '0x1', ' 1', '1_0', '@', '`', 'G'])('%j is no threshold', (digits) => {
  expect(readThreshold(Buffer.from(digits), 0, digits.length, new Word56())).toBe(false);
});
