/**
 * Work on a large batch that is done a piece at a time, so that its caller can let the event loop go on in between.
 */
export interface Work {
  /** Does the next piece, of about `pieceBytes`; false when nothing is left to do. */
  step(): boolean;
}

/**
 * Bytes of a piece of work: few milliseconds, even when each message has only two bytes. Smaller pieces are done at
 * once.
 */
export const pieceBytes: number = 512 << 10;
/** Bytes of a request that are visited at once: 20 ms at worst, when each message has only two bytes. */
export const visitedAtOnce: number = 2 * pieceBytes;

/** Does all of `work` without a pause. */
export function atOnce(work: Work): void {
  while (work.step());
}

/** Work with a result, written as a generator: it yields after each piece. */
export type InPieces<T> = Generator<void, T, undefined>;

/** The result of `work`, done without a pause. */
export function resultAtOnce<T>(work: InPieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
