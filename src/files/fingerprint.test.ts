import { expect, test } from 'vitest';
import { beginsWith, fingerprintOf } from './fingerprint.js';

const first = Buffer.from('first bytes');

test('a file begins with the bytes of a fingerprint, and with no others, however often it is asked', () => {
  const fingerprint = fingerprintOf(first);
  for (let times = 0; times < 3; times++) {
    expect(beginsWith(first, fingerprint)).toBe(true);
    expect(beginsWith(Buffer.from('first bytes and more'), fingerprint)).toBe(true);
    expect(beginsWith(Buffer.from('first byte'), fingerprint)).toBe(false);
    expect(beginsWith(Buffer.from('other bytes'), fingerprint)).toBe(false);
    expect(beginsWith(Buffer.from('first bytez and more'), fingerprint)).toBe(false);
  }
  expect(beginsWith(first, fingerprintOf(Buffer.alloc(0)))).toBe(false);
});

test('bytes that were compared are a copy, so that memory which is used again changes nothing', () => {
  const bytes = Buffer.from(first);
  const fingerprint = fingerprintOf(bytes);
  expect(beginsWith(bytes, fingerprint)).toBe(true);
  bytes.fill('x');
  expect([beginsWith(bytes, fingerprint), beginsWith(first, fingerprint)]).toEqual([false, true]);
});

test('the same for more files than whose bytes are kept, also where one has more than all of these', () => {
  const heads = Array.from({ length: 300 }, (_, i) => Buffer.alloc(i === 100 ? 2 ** 21 : 5000, `file ${i} `));
  const fingerprints = heads.map((head) => fingerprintOf(head));
  for (let times = 0; times < 2; times++)
    for (const [i, one] of fingerprints.entries())
      expect([i, i + 1].map((at) => beginsWith(heads[at % heads.length] ?? first, one))).toEqual([true, false]);
});
