// Where things lie in linear memory.

/** The bytes that are divided into lines; some behind them are read too, and count for nothing. */
export const INPUT: usize = 0x40000;
export const MOST_INPUT: usize = 0x20000;
/** The records. A line becomes at most some times its length, so that one of the longest fits behind the others. */
export const OUTPUT: usize = 0x80000;

/** Fields that end each record: two variants, one behind the other. */
export const MOST_BEHIND: usize = 8192;
export const behind: usize = memory.data(2 * 8192 + 16, 16);

/** Names of groups, and names that a member of an object may not have: each a u32 length and its bytes. */
export const MOST_NAMES: usize = 8192;
export const names: usize = memory.data(8192 + 16, 16);

/**
 * Steps of a sequence: u32 least and most, u32 whether a group opens, u32 address of the name of the one that closes,
 * and for each byte whether it is of the set.
 */
export const STEP: usize = 16 + 256;
export const MOST_STEPS: usize = 64;
export const steps: usize = memory.data(64 * (16 + 256), 16);

/** Words for severities: u64 of up to eight bytes, u32 number; an empty slot has the word 0. */
export const WORD_SLOTS: u32 = 1024;
export const words: usize = memory.data(1024 * 16, 16);

/** Five separators of a time, and how it ends (`time.ts`). */
export const timeForm: usize = memory.data(16, 16);

/** Attributes of the line: see `row.ts`. */
export const MOST_ROWS: usize = 64;
export const rows: usize = memory.data(64 * 48, 16);
