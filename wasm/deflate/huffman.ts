import { BUCKETS, DEPTHS, NODES, PARENTS, SORTED, SORTING, count } from './layout';

@inline
function word(base: usize, index: u32): u32 {
  return load<u32>(base + (<usize>index << 2));
}

@inline
function setWord(base: usize, index: u32, value: u32): void {
  store<u32>(base + (<usize>index << 2), value);
}

/** One pass of a stable radix sort over `frequency << 32 | symbol`. */
function sortPass(from: usize, to: usize, used: u32, shift: u64): void {
  memory.fill(BUCKETS, 0, 1024);
  for (let i: u32 = 0; i < used; i++) {
    const digit = <u32>((load<u64>(from + (<usize>i << 3)) >> shift) & 255);
    count(BUCKETS + (<usize>digit << 2));
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 256; i++) {
    const here = word(BUCKETS, i);
    setWord(BUCKETS, i, sum);
    sum += here;
  }
  for (let i: u32 = 0; i < used; i++) {
    const item = load<u64>(from + (<usize>i << 3));
    const digit = <u32>((item >> shift) & 255);
    const place = word(BUCKETS, digit);
    setWord(BUCKETS, digit, place + 1);
    store<u64>(to + (<usize>place << 3), item);
  }
}

/** Leaves by depth, in DEPTHS: of the optimal tree, by the two-queue method on SORTED, and none deeper than `limit`. */
function countDepths(used: u32, limit: u32): void {
  let leaf: u32 = 0;
  let node: u32 = 0;
  const root = used - 2;
  for (let made: u32 = 0; made <= root; made++) {
    let weight: u32 = 0;
    for (let child = 0; child < 2; child++) {
      // A leaf before a node of equal weight: the flatter tree of the two optimal ones.
      if (leaf < used && (node == made || load<u32>(SORTED + (<usize>leaf << 3), 4) <= word(NODES, node))) {
        weight += load<u32>(SORTED + (<usize>(leaf++) << 3), 4);
      } else {
        weight += word(NODES, node);
        setWord(PARENTS, node++, made);
      }
    }
    setWord(NODES, made, weight);
  }
  memory.fill(DEPTHS, 0, 4 * 32);
  setWord(DEPTHS, 1, 2);
  // From here on a node's entry in NODES is its depth.
  setWord(NODES, root, 0);
  for (let i = root; i-- > 0; ) {
    let depth = word(NODES, word(PARENTS, i)) + 1;
    setWord(NODES, i, depth);
    if (depth >= limit) {
      // Too deep: split the deepest leaf that may be split. The code stays complete.
      depth = limit - 1;
      while (word(DEPTHS, depth) == 0) depth--;
    }
    setWord(DEPTHS, depth, word(DEPTHS, depth) - 1);
    setWord(DEPTHS, depth + 1, word(DEPTHS, depth + 1) + 2);
  }
}

/**
 * Code lengths of at most `limit` bits. At least two symbols get one, needed or not: a complete code is what every
 * decoder takes.
 */
export function buildLengths(frequencies: usize, lengths: usize, symbols: u32, limit: u32): void {
  let used: u32 = 0;
  let highest: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const frequency = word(frequencies, i);
    setWord(lengths, i, 0);
    if (frequency) {
      store<u64>(SORTED + (<usize>(used++) << 3), (<u64>frequency << 32) | i);
      highest |= frequency;
    }
  }
  for (let i: u32 = 0; used < 2; i++) {
    if (word(frequencies, i) == 0) {
      store<u64>(SORTED + (<usize>(used++) << 3), (<u64>1 << 32) | i);
      highest |= 1;
    }
  }
  sortPass(SORTED, SORTING, used, 32);
  sortPass(SORTING, SORTED, used, 40);
  if (highest >> 16) {
    sortPass(SORTED, SORTING, used, 48);
    memory.copy(SORTED, SORTING, <usize>used << 3);
  }
  countDepths(used, limit);
  // The rarest symbols get the longest codes.
  let i: u32 = 0;
  for (let bits = limit; bits > 0; bits--) {
    for (let left = word(DEPTHS, bits); left > 0; left--) {
      setWord(lengths, load<u32>(SORTED + (<usize>(i++) << 3)), bits);
    }
  }
}

function reversed(code: u32, bits: u32): u32 {
  let x = ((code >> 1) & 0x5555) | ((code & 0x5555) << 1);
  x = ((x >> 2) & 0x3333) | ((x & 0x3333) << 2);
  x = ((x >> 4) & 0x0f0f) | ((x & 0x0f0f) << 4);
  x = ((x >> 8) & 0x00ff) | ((x & 0x00ff) << 8);
  return x >> (16 - bits);
}

/** The canonical codes of the lengths, as `reversed code << 8 | bits`. */
export function buildCodes(lengths: usize, codes: usize, symbols: u32): void {
  memory.fill(DEPTHS, 0, 4 * 32);
  for (let i: u32 = 0; i < symbols; i++) {
    count(DEPTHS + (<usize>word(lengths, i) << 2));
  }
  let code: u32 = 0;
  let before: u32 = 0;
  for (let bits: u32 = 1; bits < 16; bits++) {
    code = (code + before) << 1;
    before = word(DEPTHS, bits);
    setWord(DEPTHS, bits, code);
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const bits = word(lengths, i);
    if (bits) {
      const next = word(DEPTHS, bits);
      setWord(DEPTHS, bits, next + 1);
      setWord(codes, i, (reversed(next, bits) << 8) | bits);
    } else setWord(codes, i, 0);
  }
}
