// Raw DEFLATE (RFC 1951) for speed. The host puts the plain bytes at `input` and says where the result goes.
import { MOST_FOLDED, beginFold, fold } from '../crc32/fold';
import { align, output, setOutput } from './bits';
import { writeBlock } from './block';
import {
  BLOCK,
  DISTANCE_BASE,
  DISTANCE_FREQUENCY,
  DISTANCE_SYMBOLS,
  FOLDING,
  HASHES,
  HASH_BITS,
  INPUT,
  LENGTH_COUNTS,
  LENGTH_SYMBOL,
  MAXIMUM,
  RUNS,
  RUNS_SLACK,
  distanceExtra,
  lengthExtra,
} from './layout';
import { parse } from './parse';

export { FAR as foldedSize, folded } from '../crc32/fold';
export { adler32 } from './adler';
export { writeByPairs, writeBySingles } from './encode';

export const input: usize = INPUT;
export const maximum: usize = MAXIMUM;

let ready = false;

function prepare(): void {
  let length: usize = 3;
  for (let symbol: u32 = 0; symbol < 28; symbol++) {
    for (let left: u32 = 1 << lengthExtra(symbol); left > 0; left--) store<u8>(LENGTH_SYMBOL + length++, <u8>symbol);
  }
  store<u8>(LENGTH_SYMBOL + 258, 28);
  let base: u32 = 0;
  for (let symbol: u32 = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
    store<u32>(DISTANCE_BASE + ((<usize>symbol) << 2), base);
    base += 1 << distanceExtra(symbol);
  }
  ready = true;
}

/**
 * The capacity `deflate` asks for: stored blocks at worst, and what the last store of a whole word writes beyond the
 * end.
 */
export function bound(length: usize): usize {
  return length + 5 * (length >> 15) + 64;
}

/**
 * Grows the memory so that an input of `length` and its output, 64 bytes apart, fit above `input`. False when they
 * cannot.
 */
export function reserve(length: usize): bool {
  if (length > MAXIMUM) return false;
  const pages = <i32>((INPUT + length + 64 + bound(length) + 0xffff) >> 16);
  const missing = pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/** Returns the number of bytes written at `to`, or -1 when `capacity` is below the bound. */
export function deflate(from: usize, length: usize, to: usize, capacity: usize): i32 {
  if (length > MAXIMUM || capacity < bound(length)) return -1;
  if (!ready) prepare();
  // So that nothing depends on earlier calls, and the stalest entry is an invalid one.
  memory.fill(HASHES, 0, 4 << HASH_BITS);
  memory.fill(RUNS, 0, (length >> 3) + RUNS_SLACK);
  setOutput(to, 0, 0);
  const end = from + length;
  let at = from;
  do {
    const start = at;
    memory.fill(LENGTH_COUNTS, 0, 4 * 320);
    memory.fill(DISTANCE_FREQUENCY, 0, 4 * 32);
    at = parse(from, start, min(start + BLOCK, end));
    writeBlock(start, at, at == end ? 1 : 0);
  } while (at < end);
  align();
  return <i32>(output - to);
}

/** Folds the input, so that what `folded` gives has its checksum. */
export function foldInput(from: usize, length: usize): void {
  beginFold(FOLDING);
  for (const end = from + length; from < end; from += MOST_FOLDED) fold(from, min(MOST_FOLDED, end - from));
}
