import type { LineForm } from '../otlp/lines/line-form.js';
import type { LogEntry } from './entry.js';

/** An attribute whose value is a text. */
export type TextAttribute = readonly [key: string, value: string];

/** The work of a chain of operators on the usual lines, as data: their records need no entry each. */
export interface LineProgram {
  readonly form: LineForm;
  /**
   * Sets the resource of the lines of a file; `entry` has their common attributes. Returns what each variant of the
   * form has beside them, or undefined when each line must go through the operators.
   */
  begin(entry: LogEntry): readonly (readonly TextAttribute[])[] | undefined;
}

/** A program that leaves resource and common attributes as they are. */
export function plainProgram(form: LineForm): LineProgram {
  const none: readonly (readonly TextAttribute[])[] = [[]];
  return { form, begin: () => none };
}
