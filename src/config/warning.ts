import { render, type Fault } from './fault.js';
import { positionOf } from './place.js';

/** A line for the user at start: the configuration is good, and not all of it is taken as it stands. */
export interface ConfigWarning {
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Set where it is about the text of the configuration: `validate` shows it as it shows a fault. */
  readonly at?: Fault;
}

/** A warning about a place, with its message and advice in the log line too. */
export function warningAt(fault: Fault, fields: Readonly<Record<string, unknown>>): ConfigWarning {
  const { place } = fault;
  if (!place) return { message: fault.message, fields, at: fault };
  const { line, column } = positionOf(place);
  return { message: fault.message, fields: { ...fields, place: `${place.source.name}:${line}:${column}` }, at: fault };
}

/** The text in which `validate` shows the warnings about a configuration's text; empty when there is none. */
export function shownWarnings(warnings: readonly ConfigWarning[]): string {
  return warnings.flatMap(({ at }) => (at ? [`Warning: ${render(at)}\n\n`] : [])).join('');
}
