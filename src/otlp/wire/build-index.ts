import type { Signal } from '../signal.js';
import { scan } from './scan.js';

/**
 * Offsets into a batch's bytes, as flat typed arrays. A level's rows are in order of appearance; row i of a level
 * owns the rows of the next level from its `first` up to the `first` of row i+1.
 */
export interface Index {
  /** Rows of 4: tag start, body start, end, first scope. */
  readonly resources: Int32Array;
  /** Rows of 4: tag start, body start, end, first item. */
  readonly scopes: Int32Array;
  /**
   * Rows of 4: tag start, body start, end, and for spans and log records the offset of the 16 trace id bytes (-1: none),
   * for metrics their number of data points, for profiles their number of samples.
   */
  readonly items: Int32Array;
}

/** The index of bytes that are known to be valid. */
export function indexOf(signal: Signal, bytes: Uint8Array): Index {
  return scan(signal, bytes).index;
}
