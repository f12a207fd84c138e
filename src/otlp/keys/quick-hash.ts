import { byteAt } from '../wire/at.js';
import { fixed32At } from '../wire/words.js';

/** Of a longer run only as many bytes at either end count. */
const end = 32;
const factor = 0x9e3779b1;

/**
 * A hash that costs little and has no secret, to look in a likely place first. A sender that defeats it makes the
 * seeded hash do the work.
 */
export function quickHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  if (hash < 4) {
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ byteAt(bytes, at), factor);
    return hash ^ (hash >>> 15);
  }
  for (let at = from; at < to - 4; at += 4) {
    if (at === from + end && at < to - end) at = to - end;
    hash = Math.imul(hash ^ (fixed32At(bytes, at) | 0), factor);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (fixed32At(bytes, to - 4) | 0), factor);
  return hash ^ (hash >>> 15);
}

/** The same of bytes that are under a view, which reads four at a time. */
export function quickHashIn(view: DataView, from: number, to: number): number {
  let hash = to - from;
  if (hash < 4) {
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), factor);
    return hash ^ (hash >>> 15);
  }
  for (let at = from; at < to - 4; at += 4) {
    if (at === from + end && at < to - end) at = to - end;
    hash = Math.imul(hash ^ view.getInt32(at, true), factor);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ view.getInt32(to - 4, true), factor);
  return hash ^ (hash >>> 15);
}
