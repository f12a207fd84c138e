// The memory map and what both passes know of the format. Fixed regions of raw memory: no managed objects, no data
// segments.

import { FOLD_SIZE } from '../crc32/fold';

export const WINDOW: usize = 32768;
export const LONGEST: usize = 258;
export const LITERAL_SYMBOLS: u32 = 286;
export const DISTANCE_SYMBOLS: u32 = 30;
export const END_OF_BLOCK: u32 = 256;

/** The longest input of one call. */
export const MAXIMUM: usize = 1 << 21;

/**
 * Literal codes of at most 12 bits, not 15: four literals then fit one 64-bit flush, for a loss too small to measure.
 */
export const LITERAL_LIMIT: u32 = 12;
export const DISTANCE_LIMIT: u32 = 15;

/**
 * Telemetry is alike from start to end, so blocks are large: each costs a header, a set of codes and a table of pairs.
 */
export const BLOCK: usize = 1 << 20;
export const SEQUENCE_LIMIT: usize = 1 << 16;
/** The parse ends a block from here on: the longest possible match may still need that many sequences. */
export const SEQUENCE_STOP: usize = SEQUENCE_LIMIT - BLOCK / 256 - 8;

/** From this many literals on, the table of pairs of literals is worth building. */
export const PAIRS_PAY: usize = 16384;

/**
 * 12 bits leave half of the L1 cache to the input. With 13 the output is 1 to 2 percent smaller and the parse a tenth
 * slower.
 */
export const HASH_BITS: u32 = 12;

// The latest position by hash, u32.
export const HASHES: usize = 0;
// Four literal histograms, u32: equal bytes in a row do not wait for each other's store.
export const COUNTS: usize = HASHES + (4 << HASH_BITS);
// Occurrences of each match length 0..258, u32.
export const LENGTH_COUNTS: usize = COUNTS + 4 * 1024;
// Frequencies and code lengths of the three alphabets, u32 a symbol.
export const DISTANCE_FREQUENCY: usize = LENGTH_COUNTS + 4 * 320;
export const LITERAL_FREQUENCY: usize = DISTANCE_FREQUENCY + 4 * 32;
export const CODE_FREQUENCY: usize = LITERAL_FREQUENCY + 4 * 288;
export const LITERAL_LENGTH: usize = CODE_FREQUENCY + 4 * 32;
export const DISTANCE_LENGTH: usize = LITERAL_LENGTH + 4 * 288;
export const CODE_LENGTH: usize = DISTANCE_LENGTH + 4 * 32;
// Codes as `reversed code << 8 | bits`, u32 a symbol.
export const LITERAL_CODE: usize = CODE_LENGTH + 4 * 32;
export const DISTANCE_CODE: usize = LITERAL_CODE + 4 * 288;
export const CODE_CODE: usize = DISTANCE_CODE + 4 * 32;
// Codes of match lengths 0..258 with their extra bits, in the same form.
export const LENGTH_CODE: usize = CODE_CODE + 4 * 32;
// The encoder's entry of each distance symbol, 16 bytes: see buildDistanceEntries.
export const DISTANCE_ENTRY: usize = LENGTH_CODE + 4 * 320;
// `256 << bits` of each literal's code, u32.
export const PAIR_FACTOR: usize = DISTANCE_ENTRY + 16 * 32;
// Static: the symbol less 257 of each match length, u8; the lowest distance (less one) of each symbol, u32.
export const LENGTH_SYMBOL: usize = PAIR_FACTOR + 4 * 256;
export const DISTANCE_BASE: usize = LENGTH_SYMBOL + 320;
// Scratch of the Huffman construction: `frequency << 32 | symbol`, u64; the others u32.
export const SORTED: usize = DISTANCE_BASE + 4 * 32;
export const SORTING: usize = SORTED + 8 * 288;
export const BUCKETS: usize = SORTING + 8 * 288;
export const NODES: usize = BUCKETS + 4 * 256;
export const PARENTS: usize = NODES + 4 * 288;
export const DEPTHS: usize = PARENTS + 4 * 288;
// The run-length coded code lengths, `symbol | extra << 8`, u32.
export const HEADER: usize = DEPTHS + 4 * 32;
// Codes of two literals, by the u16 they are read as, u32.
export const PAIRS: usize = (HEADER + 4 * 320 + 63) & ~63;
// `literals before the match | length << 32 | distance symbol << 41 | distance less one << 46`, u64.
export const SEQUENCES: usize = PAIRS + 4 * 65536;
// The literals of the block without gaps, and room to overshoot when copying.
export const LITERALS: usize = SEQUENCES + 8 * SEQUENCE_LIMIT;
// Scratch of the checksum.
export const FOLDING: usize = (LITERALS + BLOCK + 64 + 63) & ~63;
// Which bytes of the input lie in a run of literals that is worth jumping, a bit each: see parse. One word beyond the
// end may be touched.
export const RUNS: usize = (FOLDING + FOLD_SIZE + 63) & ~63;
export const RUNS_SLACK: usize = 16;
// Above all that the host's input, then its output. Beyond WINDOW, so that an empty hash entry is always too far away.
export const INPUT: usize = (RUNS + MAXIMUM / 8 + RUNS_SLACK + 4095) & ~4095;

/** Extra bits of the match length symbol 257 + `symbol`. */
@inline
export function lengthExtra(symbol: u32): u32 {
  return symbol < 8 || symbol == 28 ? 0 : (symbol >> 2) - 1;
}

@inline
export function distanceExtra(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** Adds one to a counter. */
@inline
export function count(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}
