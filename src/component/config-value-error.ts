/**
 * Thrown by `create` when a value of the configuration cannot serve its purpose for a reason that its schema
 * cannot check. The place in the file is shown with it.
 */
export class ConfigValueError extends Error {
  /** Where the value stands below the component's own section. */
  readonly path: readonly (string | number)[];
  /** Advice, or the names of which one may be meant. */
  readonly hint: Hint | undefined;

  /** Which characters of the value are wrong, when it is text; undefined: all of it. */
  readonly at: TextRange | undefined;

  /** Further faults that were found with it. */
  others: readonly ConfigValueError[] = [];

  constructor(
    message: string,
    path: readonly (string | number)[],
    hint?: Hint,
    options?: ErrorOptions & { readonly at?: TextRange | undefined },
  ) {
    super(message, options);
    this.path = path;
    this.hint = hint;
    this.at = options?.at;
  }
}

/** Takes the steps, and throws all the faults that they throw as one. */
export function throwTogether<T>(steps: readonly (() => T)[]): T[] {
  const faults: ConfigValueError[] = [];
  const results = steps.flatMap((step) => {
    try {
      return [step()];
    } catch (error) {
      if (!(error instanceof ConfigValueError)) throw error;
      faults.push(error, ...error.others);
      return [];
    }
  });
  const [first, ...others] = faults;
  if (first) throw Object.assign(first, { others });
  return results;
}

/** Some characters of a text. */
export interface TextRange {
  /** UTF-16 units before it. */
  readonly offset: number;
  /** UTF-16 units; 1 when not set. */
  readonly length?: number;
}

/** A fault that a check of a text finds. */
export interface TextFault {
  readonly message: string;
  /** At which of its characters; not set: all of it. */
  readonly at?: TextRange;
  /** Advice. */
  readonly hint?: string;
}

export type Hint = string | { readonly given: string; readonly known: readonly string[] };
