import { randomFillSync } from 'node:crypto';
import { byteAt } from '../wire/at.js';
import { fixed32At } from '../wire/words.js';
import type { Half64 } from './hash64.js';

/** The four 32-bit parts of a secret, the lowest first. */
export type SipSeed = readonly [number, number, number, number];

function drawSeed(): SipSeed {
  const [a = 0, b = 0, c = 0, d = 0] = randomFillSync(new Int32Array(4));
  return [a, b, c, d];
}

/** Drawn when the process starts, so that no sender knows it. */
export const processSipSeed: SipSeed = drawSeed();

/**
 * SipHash-1-3 of `bytes[from, to)`: 64 bits that no sender can make collide without the seed. `wasm/points` has the
 * same on 64-bit numbers; on pairs of halves it costs ten times as much.
 */
export function sipHash(bytes: Uint8Array, from: number, to: number, seed: SipSeed, out: Half64): void {
  const [a, b, c, d] = seed;
  let low0 = a ^ 0x70736575;
  let high0 = b ^ 0x736f6d65;
  let low1 = c ^ 0x6e646f6d;
  let high1 = d ^ 0x646f7261;
  let low2 = a ^ 0x6e657261;
  let high2 = b ^ 0x6c796765;
  let low3 = c ^ 0x79746573;
  let high3 = d ^ 0x74656462;
  const words = (to - from) >> 3;
  // One round for each word, one for the rest with the length, three to finish; the words 0 stand for no input.
  for (let i = 0, at = from; i < words + 4; i++, at += 8) {
    let low = 0;
    let high = 0;
    if (i < words) {
      low = fixed32At(bytes, at);
      high = fixed32At(bytes, at + 4);
    } else if (i === words) {
      low = rest(bytes, at, Math.min(to, at + 4));
      high = rest(bytes, at + 4, to) | ((to - from) << 24);
    } else if (i === words + 1) low2 ^= 0xff;
    low3 ^= low;
    high3 ^= high;
    // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
    let sum = (low0 >>> 0) + (low1 >>> 0);
    let more = (high0 + high1 + (sum > 0xffffffff ? 1 : 0)) | 0;
    let turned = (low1 << 13) | (high1 >>> 19);
    high1 = ((high1 << 13) | (low1 >>> 19)) ^ more;
    low1 = turned ^ sum;
    low0 = more;
    high0 = sum | 0;
    // v2 += v3; v3 = rotl(v3, 16) ^ v2
    sum = (low2 >>> 0) + (low3 >>> 0);
    high2 = (high2 + high3 + (sum > 0xffffffff ? 1 : 0)) | 0;
    low2 = sum | 0;
    turned = (low3 << 16) | (high3 >>> 16);
    high3 = ((high3 << 16) | (low3 >>> 16)) ^ high2;
    low3 = turned ^ low2;
    // v0 += v3; v3 = rotl(v3, 21) ^ v0
    sum = (low0 >>> 0) + (low3 >>> 0);
    high0 = (high0 + high3 + (sum > 0xffffffff ? 1 : 0)) | 0;
    low0 = sum | 0;
    turned = (low3 << 21) | (high3 >>> 11);
    high3 = ((high3 << 21) | (low3 >>> 11)) ^ high0;
    low3 = turned ^ low0;
    // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
    sum = (low2 >>> 0) + (low1 >>> 0);
    more = (high2 + high1 + (sum > 0xffffffff ? 1 : 0)) | 0;
    turned = (low1 << 17) | (high1 >>> 15);
    high1 = ((high1 << 17) | (low1 >>> 15)) ^ more;
    low1 = turned ^ sum;
    low2 = more;
    high2 = sum | 0;
    low0 ^= low;
    high0 ^= high;
  }
  out.low = low0 ^ low1 ^ low2 ^ low3;
  out.high = high0 ^ high1 ^ high2 ^ high3;
}

/** Up to four bytes, the lowest first. */
function rest(bytes: Uint8Array, from: number, to: number): number {
  let word = 0;
  for (let at = from, shift = 0; at < to; at++, shift += 8) word |= byteAt(bytes, at) << shift;
  return word;
}
