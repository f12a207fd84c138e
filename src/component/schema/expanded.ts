/**
 * A configuration value that came through a whole-value `${...}`. A field of text takes `original`, every other field
 * takes `value` (docs/spec/core.md#expansion). Schema kinds unwrap it, so that nothing behind them ever sees one.
 */
export class Expanded {
  readonly value: unknown;
  readonly original: string;
  /** Where it came from, for error messages: `${env:PORT}`. */
  readonly origin: string;

  constructor(value: unknown, original: string, origin: string) {
    this.value = value;
    this.original = original;
    this.origin = origin;
  }
}

/** A whole number that was written in floating point, such as `3.0`: the kind `any` can tell it from `3`. */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The value that a field other than text takes. */
export function plainValue(input: unknown): unknown {
  const value = writtenValue(input);
  return value instanceof WholeFloat ? value.value : value;
}

/** The same, with whole numbers apart that were written in floating point. */
export function writtenValue(input: unknown): unknown {
  return input instanceof Expanded ? input.value : input;
}
