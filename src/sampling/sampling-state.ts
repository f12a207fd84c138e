import type { Word56 } from './word56.js';

/**
 * An item's state of earlier sampling: the threshold that it has passed, and randomness that stands in place
 * of that of its trace ID. A span has it in its tracestate, a log record in two attributes.
 */
export interface SamplingState {
  readonly hasThreshold: boolean;
  readonly threshold: Word56;
  readonly hasRandomness: boolean;
  readonly randomness: Word56;
  /** Forgets a threshold that cannot be true. */
  clearThreshold(): void;
  /** Notes that the item has passed a threshold. A higher one that it has passed before stays. */
  raiseThreshold(threshold: Word56): void;
  setRandomness(randomness: Word56): void;
}
