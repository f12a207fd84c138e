// The second pass: the literals and matches of the last parse by the codes in the tables.
import { buffer, held, output, setOutput } from './bits';
import {
  DISTANCE_BASE,
  DISTANCE_CODE,
  DISTANCE_ENTRY,
  DISTANCE_SYMBOLS,
  END_OF_BLOCK,
  LENGTH_CODE,
  LITERALS,
  LITERAL_CODE,
  PAIRS,
  PAIRS_PAY,
  PAIR_FACTOR,
  SEQUENCES,
  distanceExtra,
  lengthExtra,
} from './layout';
import { literalsEnd, sequencesEnd } from './parse';

/** The codes of the match lengths, each with its extra bits. */
function buildLengthCodes(): void {
  let first: u32 = 3;
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const code = load<u32>(LITERAL_CODE + (<usize>symbol << 2), 4 * 257);
    const bits = code & 255;
    const extra = lengthExtra(symbol);
    // 258 has a symbol of its own, the last.
    const next: u32 = symbol == 28 ? 259 : symbol == 27 ? 258 : first + (1 << extra);
    for (let length = first; length < next; length++) {
      const codeAndExtra = (code >> 8) | ((length - first) << bits);
      store<u32>(LENGTH_CODE + (<usize>length << 2), (codeAndExtra << 8) | (bits + extra));
    }
    first = next;
  }
}

/**
 * With the code and the extra bits of distance d (less one) being `code | (d - base) << bits`, an entry holds the part
 * that does not depend on d, `code - (base << bits)`, then `bits | (bits + extra) << 8`.
 */
function buildDistanceEntries(): void {
  for (let symbol: u32 = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
    const code = load<u32>(DISTANCE_CODE + (<usize>symbol << 2));
    const bits = code & 255;
    const base = load<u32>(DISTANCE_BASE + (<usize>symbol << 2));
    const entry = DISTANCE_ENTRY + (<usize>symbol << 4);
    store<u64>(entry, <u64>(code >> 8) - ((<u64>base) << bits));
    store<u32>(entry, bits | ((bits + distanceExtra(symbol)) << 8), 8);
  }
}

/** The codes of all pairs of literals that may occur. */
function buildPairs(): void {
  for (let a: usize = 0; a < 1024; a += 4) store<u32>(PAIR_FACTOR + a, 256 << (load<u32>(LITERAL_CODE + a) & 255));
  for (let b: usize = 0; b < 256; b++) {
    const second = load<u32>(LITERAL_CODE + (b << 2));
    if (second == 0) continue;
    const code = i32x4.splat(second >> 8);
    const bits = i32x4.splat(second & 255);
    const row = PAIRS + (b << 10);
    for (let a: usize = 0; a < 1024; a += 16) {
      // No shift by a different amount a lane, but a product.
      const shifted = i32x4.mul(v128.load(PAIR_FACTOR + a), code);
      v128.store(row + a, i32x4.add(i32x4.add(v128.load(LITERAL_CODE + a), bits), shifted));
    }
  }
}

@inline
function single(literal: usize): u64 {
  return load<u32>((<usize>load<u8>(literal) << 2) + LITERAL_CODE);
}

/**
 * `code of two literals << 8 | bits`; what else is above the low six bits of the sum does not matter to a shift by it.
 */
@inline
function pair(literal: usize, paired: bool): u64 {
  if (paired) return load<u32>((<usize>load<u16>(literal) << 2) + PAIRS);
  const one = single(literal);
  const two = single(literal + 1);
  return (((one >> 8) | ((two >> 8) << one)) << 8) | ((one + two) & 255);
}

@inline
function writeBlock(paired: bool): void {
  // All hot state in locals. Fewer than eight bits are held after each flush.
  let to = output;
  let bits = buffer;
  let count = held;
  let literal = LITERALS;
  let at = SEQUENCES;
  const end = sequencesEnd;
  while (true) {
    const sequence = load<u64>(at);
    let run = <usize>(sequence & 0xffffffff);
    while (run >= 4) {
      const one = pair(literal, paired);
      const two = pair(literal + 2, paired);
      bits |= ((one >> 8) | ((two >> 8) << one)) << count;
      count = (count + one + two) & 63;
      store<u64>(to, bits);
      to += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
      literal += 4;
      run -= 4;
    }
    // The up to three literals left, without a branch that nothing could predict.
    const one = pair(literal, paired) & (0 - <u64>(run >> 1));
    literal += run & 2;
    const two = single(literal) & (0 - <u64>(run & 1));
    literal += run & 1;
    bits |= ((one >> 8) | ((two >> 8) << one)) << count;
    count += (one & 255) + (two & 255);
    if (at == end) break;
    const length = <u64>load<u32>((<usize>((sequence >> 32) & 511) << 2) + LENGTH_CODE);
    const entry = DISTANCE_ENTRY + (<usize>((sequence >> 41) & 31) << 4);
    const shape = <u64>load<u32>(entry, 8);
    const distance = load<u64>(entry) + ((sequence >> 46) << shape);
    const more = (length & 255) + (shape >> 8);
    // Hardly ever: mostly the match fits the same word as the literals before it.
    if (count + more > 63) {
      store<u64>(to, bits);
      to += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
    }
    bits |= ((length >> 8) | (distance << length)) << count;
    count += more;
    store<u64>(to, bits);
    to += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    at += 8;
  }
  store<u64>(to, bits);
  to += <usize>(count >> 3);
  bits >>= count & 56;
  count &= 7;
  const stop = load<u32>(LITERAL_CODE + 4 * END_OF_BLOCK);
  bits |= <u64>(stop >> 8) << count;
  count += stop & 255;
  store<u64>(to, bits);
  setOutput(to + <usize>(count >> 3), bits >> (count & 56), count & 7);
}

// Exported to stay functions of their own: inlined side by side they cost each other the registers.
export function writeBySingles(): void {
  writeBlock(false);
}

export function writeByPairs(): void {
  writeBlock(true);
}

export function encode(): void {
  buildLengthCodes();
  buildDistanceEntries();
  if (literalsEnd - LITERALS < PAIRS_PAY) writeBySingles();
  else {
    buildPairs();
    writeByPairs();
  }
}
