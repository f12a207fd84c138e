import type { Word64 } from '../otlp/view/word64.js';

/** Nanoseconds as whole milliseconds, exactly. */
export function milliseconds({ high, low }: Pick<Word64, 'high' | 'low'>): number {
  // 2^32 is 4,294 millions and 967,296: no product here leaves the numbers that are exact.
  return high * 4294 + Math.floor((high * 967_296 + low) / 1e6);
}
