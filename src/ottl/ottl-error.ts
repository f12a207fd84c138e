/**
 * The failure of a statement or condition on one item, whose message is that of the Collector where it has one. It
 * carries no stack: it is the data's fault, and may happen for every item.
 */
export class OttlError extends Error {
  override readonly name = 'OttlError';

  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * A mistake in a statement that is found when the configuration is loaded. `offset` is where it stands in the
 * statement, in UTF-16 units; undefined where the whole is meant.
 */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}
