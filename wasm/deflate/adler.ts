// A multiple of 16 for which the sums cannot overflow before they are reduced.
const CHUNK: usize = 5552;
const MODULUS: u32 = 65521;

@inline
function sum(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** The Adler-32 checksum of RFC 1950. */
export function adler32(from: usize, length: usize): u32 {
  const weightsLow = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const weightsHigh = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  let a: u32 = 1;
  let b: u32 = 0;
  let at = from;
  const end = from + length;
  while (end - at >= 16) {
    const stop = at + (min(end - at, CHUNK) & ~15);
    b += a * <u32>(stop - at);
    let bytes = i32x4.splat(0);
    let earlier = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    for (; at < stop; at += 16) {
      const here = v128.load(at);
      // Each byte so far counts once more for each of the 16 that follow.
      earlier = i32x4.add(earlier, bytes);
      bytes = i32x4.add(bytes, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(here)));
      const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(here), weightsLow);
      const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(here), weightsHigh);
      weighted = i32x4.add(weighted, i32x4.add(low, high));
    }
    a = (a + sum(bytes)) % MODULUS;
    b = (b + 16 * sum(earlier) + sum(weighted)) % MODULUS;
  }
  for (; at < end; at++) {
    a += load<u8>(at);
    b += a;
  }
  return (b % MODULUS << 16) | a % MODULUS;
}
