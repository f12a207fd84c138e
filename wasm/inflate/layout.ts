// Where things lie in linear memory, and the packed entries of the decoding tables.
//
// A table is indexed by the next bits of the stream. An entry is a u32: 0-5 bits consumed, 8-15 a literal, 16-23
// another one or the symbol of a number, 24-25 count of literals, 26-31 length of a match It stands for up to two
// literals and the match after them, of length 0 if there is none; the number is the distance. With a length of SPECIAL
// it is a length alone (the symbol its number, the distance has a table of its own), or as bits 6-7 tell, a subtable
// (8-20 its first entry, 21-23 its index bits), the end of the block, or a code that no stream may use.
//
// The description of a symbol's number is a u64: 0-5 count of extra bits less HOLD, 16-31 base, 48-63 mask of the extra
// bits. It is found by bits 16-25 of the entry.

import { FOLD_SIZE } from '../crc32/fold';

/** The bit buffer keeps its bits above this many spent ones: a masked buffer is then the byte offset of a u32 entry. */
export const HOLD: u32 = 2;

export const SECOND: u32 = 16;
export const LITERAL: u32 = 1 << 24;
export const LENGTH: u32 = 26;
export const SPECIAL: u32 = 63;
export const LENGTH_ALONE: u32 = SPECIAL << 26;
export const IS_SUBTABLE: u32 = 1 << 6;
export const IS_CONTROL: u32 = 1 << 7;
export const SUBTABLE: u32 = LENGTH_ALONE | IS_SUBTABLE;
export const INVALID: u32 = LENGTH_ALONE | IS_CONTROL;
export const END: u32 = INVALID | (1 << 16);
/** The symbol of literals: they copy nothing, from where the latest stores need not be waited for. */
export const NOWHERE: u32 = 32 << 16;
export const NOWHERE_DISTANCE: u64 = 512;

export const MAX_CODE: u32 = 15;
export const LITLEN_SYMBOLS: u32 = 288;
export const DISTANCE_SYMBOLS: u32 = 32;

/**
 * Index bits of the tables. Twelve hold two literals or a whole match mostly, and 16 KiB leave the L1 cache room for
 * the history.
 */
export const LITLEN_BITS: u32 = 12;
export const LITLEN_BITS_SHORT: u32 = 10;
export const DISTANCE_BITS: u32 = 8;
export const PRECODE_BITS: u32 = 7;

// A subtable of 2^s entries holds at least s + 1 codes; with s <= 5 (7 for distances) that bounds all of them together.
export const litlenTable: usize = memory.data(((1 << 12) + 2624) * 4, 64);
export const distanceTable: usize = memory.data(((1 << 8) + 512) * 4, 64);
export const precodeTable: usize = memory.data((1 << 7) * 4, 64);

/** Of distances, by bits 16-25 of an entry, and of lengths by their symbol less 257. */
export const distanceNumbers: usize = memory.data(1024 * 8, 64);
export const lengthNumbers: usize = memory.data(32 * 8, 64);

/** Code lengths as the block header gives them; runs are written 16 bytes at a time and may overrun by one run. */
export const lengths: usize = memory.data(320 + 160, 16);
export const precodeLengths: usize = memory.data(32, 16);

/** The entries of all symbols but for the bits of their code. */
export const litlenTemplates: usize = memory.data(288 * 4, 16);
export const distanceTemplates: usize = memory.data(32 * 4, 16);
export const precodeTemplates: usize = memory.data(19 * 4, 16);

/**
 * Scratch of sorting: how many codes of each length, where they start in `sorted`, and the symbols (u16) by length of
 * code.
 */
export const counts: usize = memory.data(16 * 4, 16);
export const offsets: usize = memory.data(16 * 4, 16);
export const sorted: usize = memory.data(288 * 2, 16);

// Lists of what entries can be composed of, in order of bits: u32 offset of the slot in the table, u32 entry. For each
// number of bits, the `Of` array has the address of the first that long (and, at the next number, the end of them).
export const ITEM: usize = 8;
/** Literals also have, as a third and padded to 16 bytes, the entry of them as the second of two. */
export const LITERAL_ITEM: usize = 16;
export const literals: usize = memory.data(256 * 16, 16);
export const literalsOf: usize = memory.data(20 * 4, 16);
export const distances: usize = memory.data(32 * 8, 16);
export const distancesOf: usize = memory.data(20 * 4, 16);
/** Matches: prefix-free, so that no more of them fit than the table has entries. */
export const matches: usize = memory.data(4096 * 8, 16);
export const matchesOf: usize = memory.data(20 * 4, 16);
/**
 * Lengths by the sum of code and extra bits, as chains: an item, then u32 longest length, u32 next item, u32 step of
 * the slot.
 */
export const lengthsOf: usize = memory.data(20 * 4, 16);
export const LENGTH_ITEM: usize = 24;
export const lengthItems: usize = memory.data(32 * 24, 16);

export const precodeOrder: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** For each distance below 16, the bytes of a 16-byte pattern that repeats so many bytes. */
export const patterns: usize = memory.data(16 * 16, 16);

/** Scratch of the checksum. */
export const folding: usize = memory.data(FOLD_SIZE as i32, 64);
