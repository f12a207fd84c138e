// Canonical Huffman codes, bit-reversed as the stream has them.
import { MAX_CODE, counts, offsets, sorted } from './layout';

export enum Code {
  Complete,
  /** No code at all. */
  Empty,
  /** One code of one bit: zlib takes that for lengths and distances, though half of the bits then have no meaning. */
  Single,
  Bad,
}

/** Fills `sorted` with the symbols in order of code length, unused ones first, and `counts`. */
export function sortByLength(lengthsAt: usize, symbols: u32): Code {
  memory.fill(counts, 0, 64);
  for (let i: u32 = 0; i < symbols; i++) {
    const slot = counts + ((load<u8>(lengthsAt + i) as usize) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let unused: i32 = 1;
  let at: u32 = load<u32>(counts);
  store<u32>(offsets, 0);
  for (let length: u32 = 1; length <= MAX_CODE; length++) {
    const count = load<u32>(counts + (length << 2));
    store<u32>(offsets + (length << 2), at);
    at += count;
    unused = (unused << 1) - count;
    if (unused < 0) return Code.Bad;
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const slot = offsets + ((load<u8>(lengthsAt + i) as usize) << 2);
    const position = load<u32>(slot);
    store<u32>(slot, position + 1);
    store<u16>(sorted + (position << 1), i as u16);
  }
  if (unused == 0) return Code.Complete;
  const used = symbols - load<u32>(counts);
  if (used == 0) return Code.Empty;
  return used == 1 && load<u32>(counts + 4) == 1 ? Code.Single : Code.Bad;
}

/** The next code of `length` bits: the increment of a reversed number runs from the top bit down. */
// @ts-ignore: decorator
@inline
export function successor(code: u32, length: u32): u32 {
  const bit: u32 = 0x8000_0000 >>> clz(code ^ ((1 << length) - 1));
  return (code & (bit - 1)) | bit;
}
