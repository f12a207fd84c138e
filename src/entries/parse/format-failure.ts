/** A fault of a text, thrown within one parser and made an `EntryFailure` by it. It carries no stack. */
export class FormatFailure extends Error {
  override readonly name = 'FormatFailure';

  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const formatFailure = (message: string): FormatFailure => new FormatFailure(message);
