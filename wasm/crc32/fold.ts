// CRC-32 (RFC 1952, 8) without tables: a message becomes one of FAR bytes with the same checksum, as fast as bytes are
// read.
//
// The checksum is the remainder by a polynomial P of the message, read as a polynomial: a byte k places earlier counts
// x^8k times as much. P divides x^(8 * FAR) + x^(8 * (FAR - NEAR)) + x^(8 * (FAR - MIDDLE)) + 1, found by trying all of
// this form. So a byte may be taken away if it is added NEAR, MIDDLE and FAR places later, and that, for 16 bytes at a
// time, is all there is to do.

/** Multiples of four: most loads then stay within a cache line. */
const NEAR: usize = 560;
const MIDDLE: usize = 3164;
export const FAR: usize = 12024;

/** The most bytes of one call. */
export const MOST_FOLDED: usize = 66048;
const STEP: usize = 64;
/** The memory that folding needs. */
export const FOLD_SIZE: usize = FAR + MOST_FOLDED + STEP;

/** The folded state of the bytes so far: FAR bytes before `end`, on which every later step depends. */
let buffer: usize = 0;
let end: usize = 0;

/** A new message. `scratch` is the address of FOLD_SIZE bytes. */
export function beginFold(scratch: usize): void {
  buffer = scratch;
  end = buffer + FAR;
  // Zeros before a message count nothing.
  memory.fill(buffer, 0, FAR);
  // The register that the checksum starts with, as a part of the message: it is added to the first four bytes.
  store<u32>(buffer, ~0);
}

// @ts-ignore: decorator
@inline
function foldVector(to: usize, from: usize): void {
  const near = v128.xor(v128.load(from), v128.load(to - NEAR));
  v128.store(to, v128.xor(near, v128.xor(v128.load(to - MIDDLE), v128.load(to - FAR))));
}

/** The next bytes of the message. Up to 63 bytes behind them are read, and count only when they come themselves. */
export function fold(from: usize, length: usize): void {
  if (end != buffer + FAR) memory.copy(buffer, end - FAR, FAR);
  let to = buffer + FAR;
  end = to + length;
  for (; to < end; to += STEP, from += STEP) {
    foldVector(to, from);
    foldVector(to + 16, from + 16);
    foldVector(to + 32, from + 32);
    foldVector(to + 48, from + 48);
  }
}

/**
 * The address of FAR bytes whose checksum, with a register of zeros to start with, is that of a message of four bytes
 * or more. Nothing may be folded after it.
 */
export function folded(): usize {
  const start = end - FAR;
  // The last FAR bytes have been taken away as well, though nothing comes after them: put them back.
  for (let at = end - 4; at >= start + NEAR; at -= 4) {
    const middle = at >= start + MIDDLE ? load<u32>(at - MIDDLE) : 0;
    store<u32>(at, load<u32>(at) ^ load<u32>(at - NEAR) ^ middle);
  }
  return start;
}
