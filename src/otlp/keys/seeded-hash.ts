import { randomFillSync } from 'node:crypto';
import { byteAt } from '../wire/at.js';

/** The two 32-bit halves of a secret. */
export type HashSeed = readonly [number, number];

function drawSeed(): HashSeed {
  const [low = 0, high = 0] = randomFillSync(new Int32Array(2));
  return [low, high];
}

/** Drawn when the process starts, so that no sender knows it. */
export const processSeed: HashSeed = drawSeed();

/**
 * A 32-bit hash for tables whose keys a sender chooses: trace IDs, names, attribute values. It is HalfSipHash-1-3:
 * without the seed, keys that collide cannot be found, so that a crafted request costs what any other of its size does.
 * CRC-32 and FNV cannot do this with a seed either, as keys that collide under one seed collide under all. Not for
 * choosing a backend: the ring's hash is the Collector's.
 */
export class SeededHash {
  readonly #low: number;
  readonly #high: number;

  /** @param seed - the process's own by default; tests give theirs */
  constructor(seed: HashSeed = processSeed) {
    [this.#low, this.#high] = seed;
  }

  /** The hash of `bytes[from, to)`, a signed 32-bit number. */
  of(bytes: Uint8Array, from: number, to: number): number {
    let v0 = this.#low;
    let v1 = this.#high;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    const words = (to - from) >> 2;
    // One round for each word, one for the rest with the length, three to finish; the words 0 stand for no input.
    for (let i = 0, at = from; i < words + 4; i++, at += 4) {
      const word = i < words ? wordAt(bytes, at) : i === words ? lastWord(bytes, at, to, to - from) : 0;
      if (i === words + 1) v2 ^= 0xff;
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
    return v1 ^ v3;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
  );
}

/** The bytes behind the last whole word, and the length in the highest byte. */
function lastWord(bytes: Uint8Array, from: number, to: number, length: number): number {
  let word = length << 24;
  for (let at = from, shift = 0; at < to; at++, shift += 8) word |= byteAt(bytes, at) << shift;
  return word;
}
