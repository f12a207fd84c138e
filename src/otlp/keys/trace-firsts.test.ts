import { expect, test } from 'vitest';
import { requestOf } from '../../../test/support/colliding-traces.js';
import { validate } from '../wire/validate.js';
import { crc32 } from './crc32.js';
import { SeededHash, type HashSeed } from './seeded-hash.js';
import { TraceFirsts } from './trace-firsts.js';

/** Of 20 bytes each: requests of 4 MiB. */
const spans = 209_715;

/** Occupied slots that the table passes for each span of a request. */
function passedPerSpan(bytes: Uint8Array, seed?: HashSeed): number {
  const { index, itemCount } = validate('traces', bytes);
  const firsts = new TraceFirsts(seed);
  firsts.clear(itemCount);
  let firstsFound = 0;
  for (let item = 0; item < itemCount; item++) {
    if (firsts.firstOf(bytes, index, item) === item) firstsFound++;
    // Quadratic work would take minutes.
    if (firsts.passed > 10 * itemCount) return Infinity;
  }
  expect(firstsFound).toBe(itemCount);
  return firsts.passed / itemCount;
}

test('trace IDs made to collide under CRC-32 cost no more look-ups than random ones', () => {
  const crafted = requestOf(spans, 'colliding');
  const { index } = validate('traces', crafted);
  const sums = Array.from({ length: spans }, (_, i) => crc32(crafted, index.traceIdAt(i), index.traceIdAt(i) + 16));
  expect(new Set(sums).size).toBe(1);
  // A table half full passes half a slot for each entry on average; under CRC-32 the crafted IDs pass 100,000 each.
  expect(passedPerSpan(requestOf(spans, 'random'), [1, 2])).toBeLessThan(1);
  for (const seed of [undefined, [1, 2]] as const) expect(passedPerSpan(crafted, seed)).toBeLessThan(1);
});

test('HalfSipHash-1-3 depends on every bit of the input, its length and the seed', () => {
  const input = Uint8Array.from({ length: 19 }, (_, i) => i * 13);
  const hash = new SeededHash([0x03020100, 0x07060504]);
  const seen = new Set<number>();
  for (let length = 0; length <= 19; length++) seen.add(hash.of(input, 0, length));
  for (let bit = 0; bit < 19 * 8; bit++) {
    const changed = input.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    seen.add(hash.of(changed, 0, 19));
  }
  for (const seed of [
    [0, 0x07060504],
    [0x03020100, 0],
  ] as const)
    seen.add(new SeededHash(seed).of(input, 0, 19));
  expect(seen.size).toBe(20 + 19 * 8 + 2);
  expect(new SeededHash([0x03020100, 0x07060504]).of(input, 3, 11)).toBe(hash.of(input.slice(3, 11), 0, 8));
});

test('it is HalfSipHash-1-3 as the Linux kernel has it (hsiphash_32bits, first vectors of its self-test)', () => {
  const hash = new SeededHash([0x03020100, 0x07060504]);
  const input = Uint8Array.of(0, 1, 2, 3, 4);
  const vectors = [0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6];
  expect(vectors.map((_, length) => hash.of(input, 0, length) >>> 0)).toEqual(vectors);
});
