import { byteAt } from '../../otlp/wire/at.js';
import type { Word56 } from '../../sampling/word56.js';

const prime = 0x01000193;
const basis = 0x811c9dc5;
/** Bits of the hash that decide. */
const bucketBits = 14;
/** One for each value of these bits. */
export const buckets: number = 2 ** bucketBits;

/** The state of a 32-bit FNV-1a hash after the four bytes of a seed, the lowest first. */
export function seeded(seed: number): number {
  let hash = basis;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 255), prime);
  return hash;
}

/**
 * Sets `into` to randomness made of the hash of `bytes[from, to)`, which goes on from `start`. The 14 bits that have
 * always decided in the mode `hash_seed` stand at the top, turned round, because a threshold says how much is rejected;
 * the upper 14 bits of the hash fill the lower ones (docs/spec/agent.md#probabilistic-sampler).
 */
export function hashedRandomness(start: number, bytes: Uint8Array, from: number, to: number, into: Word56): Word56 {
  let hash = start;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ byteAt(bytes, at), prime);
  const bucket = hash & (buckets - 1);
  const unused = hash >>> (32 - bucketBits);
  const mixed = unused ^ (unused << 10);
  return into.set(((buckets - 1 - bucket) << 14) | (mixed >>> 14), ((mixed & 0x3fff) << 14) | bucket);
}
