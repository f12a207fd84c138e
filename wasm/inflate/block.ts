// Decodes the symbols of a block.
import {
  DISTANCE_BITS, HOLD, IS_CONTROL, IS_SUBTABLE, END, LENGTH, SPECIAL,
  distanceNumbers, distanceTable, lengthNumbers, litlenTable, patterns,
} from './layout';
import { litlenMask } from './codes';
import { buffer, held, input, inputLimit, output, outputEnd, outputStart, saveOutput, saveReader } from './state';
import { BAD_DISTANCE, BAD_SYMBOL, OK, PAUSED, TRUNCATED } from './result';

/** The bytes that repeat a distance below 16, in steps of the largest multiple of it that a vector holds. */
// @ts-ignore: decorator
@inline
function repeat(to: usize, distance: u32, length: u32): void {
  const pattern = v128.swizzle(v128.load(to - distance), v128.load(patterns + (distance << 4)));
  const step = 16 - (16 % distance);
  const end = to + length;
  do {
    v128.store(to, pattern);
    to += step;
  } while (to < end);
}

// @ts-ignore: decorator
@inline
function copy(to: usize, distance: u32, length: u32): void {
  const end = to + length;
  do {
    v128.store(to, v128.load(to - distance));
    to += 16;
  } while (to < end);
}

/** Offset of what a distance or length entry says of its number. */
// @ts-ignore: decorator
@inline
function numberAt(entry: u32): usize {
  return (entry >>> 13) & 0x1ff8;
}

/** The number of an entry, with the extra bits among those it consumed. */
// @ts-ignore: decorator
@inline
function numberOf(number: u64, entry: u32, before: u64): u32 {
  return ((number as u32) >>> 16) + (((before >> ((entry - (number as u32)) as u64)) as u32) & ((number >> 48) as u32));
}

/** Where a subtable has what the next bits stand for. */
// @ts-ignore: decorator
@inline
function subtableSlot(entry: u32, bits: u64): usize {
  const index = ((bits >> (HOLD as u64)) as u32) & ((1 << ((entry >>> 21) & 7)) - 1);
  return (((entry >>> 8) & 0x1fff) + index) << 2;
}

/**
 * Distances do not reach below address 0: the tables before any output are larger than the longest. Neither end is
 * watched within a round: it writes less than OUTPUT_SLACK bytes beyond the piece and reads less than INPUT_SLACK;
 * after a round that went beyond the piece the block pauses, after one that went beyond the input the stream ends with
 * an error.
 */
export function decodeBlock(): i32 {
  const mask = litlenMask;
  const start = outputStart;
  const end = outputEnd;
  const limit = inputLimit;
  let at = input;
  let bits = buffer;
  let left = held;
  let to = output;
  let entry: u32 = 0;
  let before: u64 = 0;
  let length: u32 = 0;
  let distance: u32 = 0;
  let from: usize = 0;

  while (true) {
    bits |= load<u64>(at) << (left as u64);
    at += ((63 - left) >> 3) & 7;
    left |= 56;
    let next = load<u32>(((bits as u32) & mask) as usize, litlenTable);
    // Whether literals or a match come next is hardly predictable: both are done for every entry, the match perhaps
    // with a length of 0. The next entry is fetched before that, as everything waits for it.
    while (true) {
      if (to > end) {
        // The entry fetched ahead is fetched again.
        saveReader(at, bits, left);
        saveOutput(to);
        return PAUSED;
      }
      if (at > limit) return TRUNCATED;

      // 54 bits or more: enough for two entries (12 and 13 extra bits each).
      entry = next;
      before = bits;
      bits >>= entry as u64;
      left -= entry;
      next = load<u32>(((bits as u32) & mask) as usize, litlenTable);
      store<u16>(to, (entry >>> 8) as u16);
      to += (entry >>> 24) & 3;
      length = entry >>> LENGTH;
      distance = numberOf(load<u64>(numberAt(entry), distanceNumbers), entry, before);
      if (length > 32) break;
      from = to - distance;
      if (from < start) break;
      if (distance < 16) break;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += length;

      entry = next;
      before = bits;
      bits >>= entry as u64;
      left -= entry;
      bits |= load<u64>(at) << (left as u64);
      at += ((63 - left) >> 3) & 7;
      left |= 56;
      next = load<u32>(((bits as u32) & mask) as usize, litlenTable);
      store<u16>(to, (entry >>> 8) as u16);
      to += (entry >>> 24) & 3;
      length = entry >>> LENGTH;
      distance = numberOf(load<u64>(numberAt(entry), distanceNumbers), entry, before);
      if (length > 32) break;
      from = to - distance;
      if (from < start) break;
      if (distance < 16) break;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += length;
    }

    if (length == SPECIAL) {
      if (entry & IS_SUBTABLE) {
        entry = load<u32>(subtableSlot(entry, bits), litlenTable);
        before = bits;
        bits >>= entry as u64;
        left -= entry;
        if (entry >>> LENGTH == 0) {
          store<u8>(to++, (entry >>> 8) as u8);
          continue;
        }
      }
      if (entry & IS_CONTROL) {
        if ((entry & END) != END) return BAD_SYMBOL;
        saveReader(at, bits, left);
        saveOutput(to);
        return OK;
      }
      length = numberOf(load<u64>(numberAt(entry), lengthNumbers), entry, before);

      bits |= load<u64>(at) << (left as u64);
      at += ((63 - left) >> 3) & 7;
      left |= 56;
      entry = load<u32>(((bits as u32) & (((1 << DISTANCE_BITS) - 1) << HOLD)) as usize, distanceTable);
      before = bits;
      bits >>= entry as u64;
      left -= entry;
      if (entry >>> LENGTH) {
        if (!(entry & IS_SUBTABLE)) return BAD_DISTANCE;
        entry = load<u32>(subtableSlot(entry, bits), distanceTable);
        if (entry >>> LENGTH) return BAD_DISTANCE;
        before = bits;
        bits >>= entry as u64;
        left -= entry;
      }
      distance = numberOf(load<u64>(numberAt(entry), distanceNumbers), entry, before);
    }
    if (length == 0) continue;
    if ((distance as usize) > to - start) return BAD_DISTANCE;
    if (distance >= 16) copy(to, distance, length);
    else repeat(to, distance, length);
    to += length;
  }
}
