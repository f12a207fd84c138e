// SipHash-1-3 with a secret of 128 bits, as tables of hashes in several languages use it.

let k0: u64 = 0;
let k1: u64 = 0;

export function setSeed(a: u32, b: u32, c: u32, d: u32): void {
  k0 = (<u64>a) | ((<u64>b) << 32);
  k1 = (<u64>c) | ((<u64>d) << 32);
}

/** The hash of the bytes from `from` on. */
export function sipHash(from: usize, length: usize): u64 {
  let v0: u64 = k0 ^ 0x736f6d6570736575;
  let v1: u64 = k1 ^ 0x646f72616e646f6d;
  let v2: u64 = k0 ^ 0x6c7967656e657261;
  let v3: u64 = k1 ^ 0x7465646279746573;
  const last = from + (length & ~7);
  let at = from;
  // The rounds are written out, as they are on 64-bit locals only, which a function could not give back.
  for (; at < last; at += 8) {
    const word = load<u64>(at);
    v3 ^= word;
    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32) + v3;
    v2 += v1;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
    v0 ^= word;
  }
  const rest = (<u64>length) & 7;
  const word = ((<u64>length) << 56) | (load<u64>(at) & (((<u64>1) << (rest * 8)) - 1));
  v3 ^= word;
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32) + v3;
  v2 += v1;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32) ^ 0xff;
  v0 ^= word;
  for (let round = 0; round < 3; round++) {
    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32) + v3;
    v2 += v1;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}
