import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sipHash, type SipSeed } from './sip-hash.js';

const mask = 2n ** 64n - 1n;
const rotl = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask;
const word = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** SipHash-1-3 as its authors write it down. */
function reference(bytes: Buffer, [a, b, c, d]: SipSeed): bigint {
  const [k0, k1] = [word(a, b), word(c, d)];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = (): void => {
    v0 = (v0 + v1) & mask;
    v1 = rotl(v1, 13n) ^ v0;
    v0 = rotl(v0, 32n);
    v2 = (v2 + v3) & mask;
    v3 = rotl(v3, 16n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotl(v3, 21n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotl(v1, 17n) ^ v2;
    v2 = rotl(v2, 32n);
  };
  const padded = Buffer.alloc((bytes.length & ~7) + 8);
  bytes.copy(padded);
  padded[padded.length - 1] = bytes.length;
  for (let at = 0; at < padded.length; at += 8) {
    const next = padded.readBigUInt64LE(at);
    v3 ^= next;
    round();
    v0 ^= next;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

test('the hash is SipHash-1-3, wherever the bytes stand', () => {
  const number = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat({ max: 9 }),
      fc.tuple(number, number, number, number),
      (content, before, seed) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 1), content, Buffer.alloc(9, 2)]);
        const out = { low: 0, high: 0 };
        sipHash(bytes, before, before + content.length, seed, out);
        expect(word(out.low, out.high)).toBe(reference(Buffer.from(content), seed));
      },
    ),
  );
});
