/**
 * A fault of an expression, found where it is compiled or on the values that it is evaluated with. It carries no stack:
 * it is the fault of a text or of data, and may happen for every item.
 */
export class ExprError extends Error {
  override readonly name = 'ExprError';
  /** The character of the source at which it was found, in UTF-16 units from 0 on. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.offset = offset;
  }
}
