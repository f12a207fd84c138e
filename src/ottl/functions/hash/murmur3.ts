/** MurmurHash3 of 32 bits with seed 0, as hexadecimal digits of its bytes in little-endian order. */
export function murmur3(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length - (bytes.length % 4);
  let hash = 0;
  for (let i = 0; i < blocks; i += 4) {
    hash = rotate(hash ^ mix(view.getUint32(i, true)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks; i--) tail = (tail << 8) | (bytes[i] ?? 0);
  if (blocks < bytes.length) hash ^= mix(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return littleEndian(BigInt((hash ^ (hash >>> 16)) >>> 0), 4);
}

function mix(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

const c1 = 0x87c37b91114253d5n;
const c2 = 0x4cf5ad432745937fn;

/** MurmurHash3 of 128 bits for x64 with seed 0, as hexadecimal digits of its bytes in little-endian order. */
export function murmur3x64(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length - (bytes.length % 16);
  let h1 = 0n;
  let h2 = 0n;
  for (let i = 0; i < blocks; i += 16) {
    h1 ^= mixFirst(view.getBigUint64(i, true));
    h1 = word(word(rotate64(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= mixSecond(view.getBigUint64(i + 8, true));
    h2 = word(word(rotate64(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }
  h2 ^= mixSecond(wordAt(bytes, blocks + 8));
  h1 ^= mixFirst(wordAt(bytes, blocks));
  const length = BigInt(bytes.length);
  h1 = word((h1 ^ length) + (h2 ^ length));
  h2 = word((h2 ^ length) + h1);
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = word(h1 + h2);
  return littleEndian(h1, 8) + littleEndian(word(h2 + h1), 8);
}

function mixFirst(block: bigint): bigint {
  return word(rotate64(word(block * c1), 31n) * c2);
}

function mixSecond(block: bigint): bigint {
  return word(rotate64(word(block * c2), 33n) * c1);
}

/** Up to 8 bytes at the end of the text; 0 behind it, which mixes to 0. */
function wordAt(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = Math.min(bytes.length, at + 8) - 1; i >= at; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

function finish(value: bigint): bigint {
  const first = word((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn);
  const second = word((first ^ (first >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return second ^ (second >> 33n);
}

function rotate64(value: bigint, bits: bigint): bigint {
  return word(value << bits) | (value >> (64n - bits));
}

function word(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function littleEndian(value: bigint, bytes: number): string {
  const digits = value.toString(16).padStart(bytes * 2, '0');
  return (digits.match(/../g) ?? []).toReversed().join('');
}
