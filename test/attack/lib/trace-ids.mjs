// Trace IDs that meet in a table whose hash a sender knows.
import { randomBytes } from 'node:crypto';

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});
/** The entry of the table with a given highest byte: each occurs once, so that CRC-32 can be run backwards. */
const byHighest = new Uint8Array(256);
table.forEach((entry, n) => (byHighest[entry >>> 24] = n));

/** Sets the last four bytes of `bytes[at, at + 16)` so that their CRC-32 is that of all others. */
function sameSum(bytes, at) {
  let before = ~0;
  for (let i = 0; i < 12; i++) before = table[(before ^ bytes[at + i]) & 255] ^ (before >>> 8);
  let after = ~0x12345678;
  const entries = [];
  for (let i = 0; i < 4; i++) {
    const n = byHighest[after >>> 24];
    entries.unshift(n);
    after = ((after ^ table[n]) << 8) | n;
  }
  entries.forEach((n, i) => {
    bytes[at + 12 + i] = (before ^ n) & 255;
    before = table[n] ^ (before >>> 8);
  });
}

/** Random IDs, those of one CRC-32, or those that differ in their first or their last bytes alone. */
export const kinds = {
  random: () => {},
  sum: sameSum,
  first: (bytes, at) => bytes.fill(1, at + 8, at + 16),
  last: (bytes, at) => bytes.fill(1, at, at + 8),
};

/** The spans of one scope, `count` of them with a trace ID each and nothing else. */
export function spansOf(count, kind = 'random') {
  return spansWith(count, kind, 0, () => {});
}

/** Bytes of a span of `namedSpansOf`. */
export const namedSpanSize = 23;

/** The same, each with one of 26 names. */
export function namedSpansOf(count, kind = 'random') {
  return spansWith(count, kind, 3, (bytes, at, i) => bytes.set([0x2a, 1, 0x61 + (i % 26)], at));
}

/** Spans with `more` bytes behind the ID, which `write` writes. */
function spansWith(count, kind, more, write) {
  const size = 20 + more;
  const bytes = randomBytes(count * size);
  const make = kinds[kind];
  for (let i = 0, at = 0; i < count; i++, at += size) {
    bytes.set([0x12, 18 + more, 0x0a, 16], at);
    make(bytes, at + 4);
    write(bytes, at + 20, i);
  }
  return bytes;
}
