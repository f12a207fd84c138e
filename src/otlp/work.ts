/**
 * Work on a large batch that is done a piece at a time, so that its caller can let the event loop go on in between.
 */
export interface Work {
  /** Does the next piece, of about `pieceBytes`; false when nothing is left to do. */
  step(): boolean;
}

/**
 * Bytes of a piece of work: few milliseconds, even when each message has only two bytes. What is not larger is done at
 * once.
 */
export const pieceBytes: number = 512 << 10;

/** Does all of `work` without a pause. */
export function atOnce(work: Work): void {
  while (work.step());
}
