import { byteAt } from '../../../otlp/wire/at.js';

// Where one block is decoded. One block is decoded at once, so that all bodies share this memory.

/** The largest block, packed and plain, bytes (RFC 8878, 3.1.1.2.4). */
export const largestBlock: number = 128 * 1024;

/**
 * Bytes before and behind a packed block. Bits are read in words of 32, which reach beyond the bytes that have them,
 * and no stream that ends too early is noticed before some 90 bits more were read.
 */
export const pad = 32;

const memory = new ArrayBuffer(pad + largestBlock + pad);

/** The packed block, from `pad` on. */
export const packed: Buffer = Buffer.from(memory);
/** The same bytes. */
export const packedWords: DataView = new DataView(memory);
/** The literals of the block. */
export const literals: Buffer = Buffer.alloc(largestBlock);

/** Brings `input[from..end)` here: where it ends. */
export function bringBlock(input: Buffer, from: number, end: number): number {
  input.copy(packed, pad, from, end);
  const packedEnd = pad + end - from;
  packed.fill(0, packedEnd, packedEnd + pad);
  return packedEnd;
}

/**
 * The position, in bits, of the end of a stream that is read backwards and ends in `packed[end - 1]`; its first bit is
 * below the highest one that is set there.
 */
export function lastBit(from: number, end: number): number {
  const last = end > from ? byteAt(packed, end - 1) : 0;
  return last === 0 ? -1 : (end - 1) * 8 + 31 - Math.clz32(last);
}
