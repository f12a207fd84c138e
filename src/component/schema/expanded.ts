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

/** The value that a field other than text takes. */
export function plainValue(input: unknown): unknown {
  return input instanceof Expanded ? input.value : input;
}
