import { crc32 as ofNode } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.js';

test('the sum is that of node:zlib, wherever the bytes lie and in however many parts they come', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(), fc.nat(), (bytes, a, b) => {
      const [from, to] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
      const first = crc32(bytes, 0, from);
      expect(first).toBe(ofNode(bytes.subarray(0, from)));
      expect(crc32(bytes, from, to, first)).toBe(ofNode(bytes.subarray(0, to)));
    }),
  );
});
