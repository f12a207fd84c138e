/**
 * A pattern that cannot be used, in Go's words (`error parsing regexp: missing closing ): ...`), or a text for which
 * it takes too long or gives too much.
 */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}
