import { randomBytes } from 'node:crypto';

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});

/** The entry of the table with a given highest byte: each occurs once, so that CRC-32 can be run backwards. */
const byHighest = new Map(Array.from(table, (entry, n) => [entry >>> 24, n]));

/** Sets the last four bytes of `id` so that its CRC-32 is `sum`. */
function forceSum(id: Uint8Array, sum: number): void {
  let before = ~0;
  for (let i = 0; i < 12; i++) before = table[(before ^ id[i]!) & 255]! ^ (before >>> 8);
  let after = ~sum;
  const entries: number[] = [];
  for (let i = 0; i < 4; i++) {
    const n = byHighest.get(after >>> 24)!;
    entries.unshift(n);
    after = ((after ^ table[n]!) << 8) | n;
  }
  for (const [i, n] of entries.entries()) {
    id[12 + i] = (before ^ n) & 255;
    before = table[n]! ^ (before >>> 8);
  }
}

/**
 * An export request of `spans` spans in one scope, each with a trace ID of its own: random, or random and made to have
 * the same CRC-32 as all others. A span takes 20 bytes.
 */
export function requestOf(spans: number, ids: 'random' | 'colliding'): Buffer {
  const scope = Buffer.concat(
    Array.from({ length: spans }, () => {
      const id = randomBytes(16);
      if (ids === 'colliding') forceSum(id, 0x12345678);
      return Buffer.concat([Buffer.from([0x12, 18, 0x0a, 16]), id]);
    }),
  );
  return framed(0x0a, framed(0x12, scope));
}

function framed(tag: number, body: Buffer): Buffer {
  const head = [tag];
  let rest = body.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), body]);
}
