import { byteAt } from '../wire/at.js';
import { fixed32At } from '../wire/words.js';
import { processSipSeed, type SipSeed } from './sip-hash.js';

/**
 * Writes a key of 16 bytes for `bytes[from, to)`: two times 64 bits of HalfSipHash-1-3, each with half of the secret.
 * For keys that stay in the process and are taken for the bytes themselves: no sender finds two that are alike.
 */
export function seededKey(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Buffer,
  seed: SipSeed = processSipSeed,
): void {
  writeHash(bytes, from, to, seed[0], seed[1], out, 0);
  writeHash(bytes, from, to, seed[2], seed[3], out, 8);
}

function writeHash(
  bytes: Uint8Array,
  from: number,
  to: number,
  seedLow: number,
  seedHigh: number,
  out: Buffer,
  at: number,
): void {
  let v0 = seedLow;
  let v1 = seedHigh ^ 0xee;
  let v2 = 0x6c796765 ^ seedLow;
  let v3 = 0x74656462 ^ seedHigh;
  const words = (to - from) >> 2;
  // A round for each word and one for the rest with the length, three for each half of the result.
  for (let i = 0, place = from; i < words + 7; i++, place += 4) {
    let word = 0;
    if (i < words) word = fixed32At(bytes, place) | 0;
    else if (i === words) {
      word = (to - from) << 24;
      for (let end = place, shift = 0; end < to; end++, shift += 8) word |= byteAt(bytes, end) << shift;
    } else if (i === words + 1) v2 ^= 0xee;
    else if (i === words + 4) {
      out.writeInt32LE(v1 ^ v3, at);
      v1 ^= 0xdd;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  out.writeInt32LE(v1 ^ v3, at + 4);
}
