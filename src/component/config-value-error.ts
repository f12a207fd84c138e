/**
 * Thrown by `create` when a value of the configuration can't be used for what it is used for, which its schema alone could not tell. The
 * place in the file is shown with it.
 */
export class ConfigValueError extends Error {
  /** Where the value stands below the component's own section. */
  readonly path: readonly string[];
  /** What to do, or the names of which one may be meant. */
  readonly hint: Hint | undefined;

  constructor(message: string, path: readonly string[], hint?: Hint, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.hint = hint;
  }
}

export type Hint = string | { readonly given: string; readonly known: readonly string[] };
