/** The error with what `shown` makes of its message, which may hold values of the configuration. */
export function shownError(error: unknown, shown: ((text: string) => string) | undefined): Error {
  const { message } = error as Error;
  const masked = shown?.(message) ?? message;
  return masked === message ? (error as Error) : new Error(masked, { cause: error });
}
