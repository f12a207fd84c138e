import type { CharSet } from './char-set.js';

/** Ranges of bytes, one after the other, which encode some of the characters of a set. */
export type ByteRanges = readonly (readonly [number, number])[];

/** The largest characters of one, two, three and four bytes. */
const largest = [0x7f, 0x7ff, 0xffff, 0x10ffff];
const firstSurrogate = 0xd800;
const lastSurrogate = 0xdfff;

/** All sequences of byte ranges that together are the UTF-8 of a set; halves of a character have none. */
export function utf8Ranges(set: CharSet): ByteRanges[] {
  const found: ByteRanges[] = [];
  for (let i = 0; i < set.length; i += 2) {
    const [first = 0, last = 0] = set.slice(i, i + 2);
    addRange(first, Math.min(last, firstSurrogate - 1), found);
    addRange(Math.max(first, lastSurrogate + 1), last, found);
  }
  return found;
}

/** Splits a range until all its characters differ only in bytes that take any value of their range. */
function addRange(first: number, last: number, found: ByteRanges[]): void {
  if (first > last) return;
  for (const limit of largest)
    if (first <= limit && limit < last) {
      addRange(first, limit, found);
      addRange(limit + 1, last, found);
      return;
    }
  for (let bits = 6; bits < 24 && last > 0x7f; bits += 6) {
    const below = (1 << bits) - 1;
    if (first >> bits === last >> bits) break;
    const cut = (first & below) !== 0 ? first | below : (last & below) !== below ? (last & ~below) - 1 : last;
    if (cut < last) {
      addRange(first, cut, found);
      addRange(cut + 1, last, found);
      return;
    }
  }
  const low = Buffer.from(String.fromCodePoint(first));
  const high = Buffer.from(String.fromCodePoint(last));
  found.push(Array.from(low, (byte, i) => [byte, high[i] ?? byte] as const));
}
