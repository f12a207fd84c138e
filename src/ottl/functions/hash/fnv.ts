const two32 = 2 ** 32;
/** The prime of 64 bits is 2^40 + 0x1b3. */
const low = 0x1b3;

/** FNV-1a of 64 bits as an int64. */
export function fnv1a(bytes: Uint8Array): bigint {
  let high32 = 0xcbf29ce4;
  let low32 = 0x84222325;
  for (const byte of bytes) {
    low32 = (low32 ^ byte) >>> 0;
    // Below 2^53: a product of 32 and 9 bits.
    const product = low32 * low;
    high32 = (high32 * low + Math.floor(product / two32) + low32 * 256) % two32;
    low32 = product >>> 0;
  }
  return BigInt.asIntN(64, (BigInt(high32) << 32n) | BigInt(low32));
}
