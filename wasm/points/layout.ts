// Where things lie in linear memory.

/** The bytes that points are read from. Up to eight behind them are read too, and count for nothing. */
export const INPUT: usize = 0x10000;
export const MOST_INPUT: usize = 0x10000;

/**
 * What was found in points, a row of 12 u32 for each: where its body begins and ends in the input; u64 start, time,
 * value and hash of the attributes; `HAS_VALUE` and `IS_DOUBLE`.
 */
export const ROW: usize = 48;
export const MOST_ROWS: u32 = 256;
export const rows: usize = memory.data(256 * 48 + 16, 16);
/** Behind the rows: u32 how many were found. */
export const countAt: usize = rows + 256 * 48;
export const HAS_VALUE: u32 = 1;
export const IS_DOUBLE: u32 = 2;
