import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fnv, fnvStart, xxHash64, type Half64 } from './hash64.js';

const mask = 2n ** 64n - 1n;
const rotl = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask;
const primes: readonly [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];

/** XXH64 as its specification writes it down. */
function reference(bytes: Buffer): bigint {
  const [p1, p2, p3, p4, p5] = primes;
  const round = (acc: bigint, input: bigint): bigint => (rotl((acc + input * p2) & mask, 31n) * p1) & mask;
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    let lanes = [(p1 + p2) & mask, p2, 0n, -p1 & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      const from = at;
      lanes = lanes.map((lane, i) => round(lane, bytes.readBigUInt64LE(from + i * 8)));
    }
    hash = lanes.reduce((sum, lane, i) => (sum + rotl(lane, [1n, 7n, 12n, 18n][i]!)) & mask, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * p1 + p4) & mask;
  }
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8)
    hash = (rotl(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4) & mask;
  if (at + 4 <= bytes.length) {
    hash = (rotl(hash ^ ((BigInt(bytes.readUInt32LE(at)) * p1) & mask), 23n) * p2 + p3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotl(hash ^ ((BigInt(bytes[at]!) * p5) & mask), 11n) * p1) & mask;
  hash = ((hash ^ (hash >> 33n)) * p2) & mask;
  hash = ((hash ^ (hash >> 29n)) * p3) & mask;
  return hash ^ (hash >> 32n);
}

const value = ({ low, high }: Half64): bigint => (BigInt(high) << 32n) | BigInt(low);

function xx(bytes: Uint8Array): bigint {
  const out = { low: 0, high: 0 };
  xxHash64(bytes, 0, bytes.length, out);
  return value(out);
}

test('xxHash64 gives the published values', () => {
  expect(xx(Buffer.from('')).toString(16)).toBe('ef46db3751d8e999');
  expect(xx(Buffer.from('a')).toString(16)).toBe('d24ec4f1a98c6e5b');
  expect(xx(Buffer.from('abc')).toString(16)).toBe('44bc2cf5ad770999');
});

test('xxHash64 and FNV-1a agree with plain BigInt on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(xx(bytes)).toBe(reference(Buffer.from(bytes)));
      const state = { low: 0, high: 0 };
      fnvStart(state);
      fnv(state, bytes, 0, bytes.length);
      let expected = 0xcbf29ce484222325n;
      for (const byte of bytes) expected = ((expected ^ BigInt(byte)) * 0x100000001b3n) & mask;
      expect(value(state)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
