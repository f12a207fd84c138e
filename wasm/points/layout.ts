// Where things lie in linear memory.

/** The bytes that points are read from. Up to eight behind them are read too, and count for nothing. */
export const INPUT: usize = 0x10000;
export const MOST_INPUT: usize = 0x10000;

/**
 * What was found in a point: u64 start, time, value and hash of the attributes, and u32 of `HAS_VALUE` and `IS_DOUBLE`.
 */
export const found: usize = memory.data(40, 16);
export const HAS_VALUE: u32 = 1;
export const IS_DOUBLE: u32 = 2;
