// The first pass: greedy LZ77. It leaves the literals of a block in one piece and a sequence for each match.
import {
  DISTANCE_FREQUENCY,
  HASH_BITS,
  LENGTH_COUNTS,
  LITERALS,
  LONGEST,
  RUNS,
  SEQUENCES,
  SEQUENCE_STOP,
  WINDOW,
  count,
} from './layout';

/** The ends of what the last parse wrote. */
export let literalsEnd: usize = 0;
export let sequencesEnd: usize = 0;

/**
 * The hash entry of the low five bytes: the factor shifts the others out. Matches of four bytes hardly pay for their
 * distance.
 */
@inline
function entryOf(word: u64): usize {
  return <usize>((word * (0x9e3779b185ebca87 << 24)) >> (64 - HASH_BITS)) << 2;
}

@inline
function remember(at: usize): void {
  store<u32>(entryOf(load<u64>(at)), <u32>at);
}

/** The latest position with the hash of `word`, which gives way to `at`. */
@inline
function exchange(word: u64, at: usize): usize {
  const entry = entryOf(word);
  const before = load<u32>(entry);
  store<u32>(entry, <u32>at);
  return before;
}

/**
 * Runs of literals of these lengths are jumped where they come again: identifiers and other values that are never the
 * same. Shorter ones cost little to search; longer ones are mostly what comes for the first time, and matches the next
 * time.
 */
const SHORTEST_RUN: usize = 16;
const LONGEST_RUN: usize = 40;

/** Marks a run for `runAt`. Positions here count from the beginning of the input. */
@inline
function markRun(position: usize, length: usize): void {
  if (length - SHORTEST_RUN > LONGEST_RUN - SHORTEST_RUN) return;
  const bits = RUNS + (position >> 3);
  store<u64>(bits, load<u64>(bits) | (((<u64>1 << length) - 1) << (position & 7)));
}

/** The number of bytes from a position on that lie in marked runs, within one word. */
@inline
function runAt(position: usize): usize {
  return <usize>ctz<u64>(~(load<u64>(RUNS + (position >> 3)) >> (position & 7)));
}

/** Copies in chunks that overshoot: a loop over the exact length would be mispredicted nearly every time. */
@inline
function copyLiterals(to: usize, from: usize, length: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  for (let done: usize = 48; done < length; done += 16) v128.store(to + done, v128.load(from + done));
}

@inline
function sameBytes(a: usize, b: usize): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
}

/** How many bytes are the same from both on, up to `end`. It may read beyond, never count. */
@inline
function commonLength(at: usize, candidate: usize, end: usize): usize {
  const same = sameBytes(at, candidate) | (sameBytes(at + 16, candidate + 16) << 16);
  let length: usize = ctz<u32>(~same);
  if (same == 0xffffffff) {
    while (at + length < end) {
      const difference = load<u64>(at + length) ^ load<u64>(candidate + length);
      if (difference) {
        length += <usize>(ctz<u64>(difference) >> 3);
        break;
      }
      length += 8;
    }
  }
  return min(length, end - at);
}

/** The symbol of a distance less one. */
@inline
function distanceSymbol(distance: u32): u32 {
  const top = 31 - clz<u32>(distance);
  return select<u32>(distance, 2 * top + ((distance >> (top - 1)) & 1), distance < 2);
}

/**
 * Parses from `from` to at most `end` and returns where it stopped. The input, and with it the window, begins at
 * `base`.
 */
export function parse(base: usize, from: usize, end: usize): usize {
  let at = from;
  // Where the literals since the last match begin.
  let anchor = from;
  // Where the next match is expected: the bytes from the anchor on differ from what follows the last match's source,
  // and if that was literals up to some place, so will these be.
  let expected = from;
  let literals = LITERALS;
  let sequence = SEQUENCES;
  // A position is looked up only with eight bytes ahead of it.
  const limit: usize = end - from < 16 ? 0 : end - 8;
  while (true) {
    let candidate: usize = 0;
    // Four positions from one load. After many literals some are left out: where nothing matched, little will.
    while (at <= limit) {
      const word = load<u64>(at);
      if (load<u32>((candidate = exchange(word, at))) != <u32>word) {
        if (load<u32>((candidate = exchange(word >> 8, at + 1))) == <u32>(word >> 8)) at += 1;
        else if (load<u32>((candidate = exchange(word >> 16, at + 2))) == <u32>(word >> 16)) at += 2;
        else if (load<u32>((candidate = exchange(word >> 24, at + 3))) == <u32>(word >> 24)) at += 3;
        else {
          at = max(at + 4 + ((at - anchor) >> 4), expected);
          continue;
        }
      }
      if (at - candidate <= WINDOW) break;
      at++;
    }
    if (at > limit) break;

    const ahead = commonLength(at, candidate, end);
    // Bytes that were skipped or overwritten in the hash table before: up to eight.
    const same = <usize>(clz<u64>(load<u64>(at - 8) ^ load<u64>(candidate - 8)) >> 3);
    const back = min(same, min(at - anchor, candidate - base));
    const start = at - back;
    const run = start - anchor;
    copyLiterals(literals, anchor, run);
    literals += run;
    markRun(anchor - base, run);

    const distance = <u32>(at - candidate - 1);
    const symbol = distanceSymbol(distance);
    const packed = (<u64>distance << 46) | (<u64>symbol << 41);
    let before = <u64>run;
    let length = ahead + back;
    anchor = at + ahead;
    expected = anchor + runAt(anchor - <usize>distance - 1 - base);
    while (length > LONGEST) {
      // The remaining bytes must not be fewer than a match needs.
      const part = length >= LONGEST + 3 ? LONGEST : length - 3;
      store<u64>(sequence, before | (<u64>part << 32) | packed);
      sequence += 8;
      count(LENGTH_COUNTS + (part << 2));
      count(DISTANCE_FREQUENCY + (<usize>symbol << 2));
      before = 0;
      length -= part;
    }
    store<u64>(sequence, before | (<u64>length << 32) | packed);
    sequence += 8;
    count(LENGTH_COUNTS + (length << 2));
    count(DISTANCE_FREQUENCY + (<usize>symbol << 2));

    at = anchor;
    if (at > limit) break;
    if (sequence >= SEQUENCES + 8 * SEQUENCE_STOP) {
      end = at;
      break;
    }
    // Of a match only some positions: its first, by which the same is found again, a few within and its end.
    remember(start + 1);
    remember(start + 2);
    for (let within = start + 16; within < at - 2; within += 16) remember(within);
    remember(at - 2);
  }
  const rest = end - anchor;
  memory.copy(literals, anchor, rest);
  // The bytes behind the last match: a sequence without a match.
  store<u64>(sequence, rest);
  literalsEnd = literals + rest;
  sequencesEnd = sequence;
  return end;
}
