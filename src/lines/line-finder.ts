/** The bytes that follow those that a splitter sees. */
export type Following =
  /** More bytes, at once. */
  | 'more'
  /** Nothing for now: the source may grow. */
  | 'later'
  /** Nothing for so long that what there is becomes a line, but for a character whose rest is missing. */
  | 'silence'
  /** Nothing that is worth waiting for: what there is becomes the last line. */
  | 'nothing';

/** Knows where a line ends. Positions are those of the bytes that `begin` was handed. */
export interface LineFinder {
  /** The text of the line that `find` found, and where the next one begins. */
  readonly start: number;
  readonly end: number;
  readonly after: number;
  /**
   * Moves to `bytes` from `from` on. They begin in a line of which nothing or something was seen before: if something,
   * the bytes seen then come first again.
   */
  begin(bytes: Buffer, from: number, following: Following): void;
  /** Finds the end of the line that begins at `from`; false when it is not there yet. */
  find(from: number): boolean;
  /** Where a line begins behind `from`, which lies within one; undefined when none does yet. */
  afterThis(from: number): number | undefined;
  /** The first of the bytes that may belong to the end of a line that is not complete. */
  readonly unsettled: number;
  /** The next bytes have nothing to do with those before. */
  reset(): void;
}
