// The reasons why a stream stops.
export const OK: i32 = 0;
export const TRUNCATED: i32 = -1;
/** Not wrong: the piece is full. */
export const PAUSED: i32 = 1;
export const BAD_BLOCK: i32 = -3;
export const BAD_CODES: i32 = -4;
export const BAD_SYMBOL: i32 = -5;
export const BAD_DISTANCE: i32 = -6;
export const BAD_STORED: i32 = -7;
export const BAD_CALL: i32 = -8;
/** Nothing is wrong but that it takes many tables for its size. */
export const COSTLY: i32 = -9;
