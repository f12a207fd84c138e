import { LogEntry } from '../../entries/entry.js';
import { compileTemplate, type TextTemplate } from '../../entries/text-template.js';

/** The values of `attributes` or `resource`: those that are the same for all lines, and all others. */
export interface StaticValues {
  readonly fixed: ReadonlyMap<string, string>;
  readonly variable: readonly (readonly [key: string, template: TextTemplate])[];
}

/** The names by which an expression reads the entry; one in a text only costs an evaluation for each line. */
const readsEntry = /EXPR\(.*(?:\b(?:body|attributes|resource|severity|severity_text)\b|\$)/s;

export function staticValues(options: Readonly<Record<string, string>>): StaticValues {
  const fixed = new Map<string, string>();
  const variable: (readonly [string, TextTemplate])[] = [];
  const empty = new LogEntry();
  for (const [key, source] of Object.entries(options)) {
    const template = compileTemplate(source);
    const value = readsEntry.test(source) ? undefined : template.text(empty);
    // One that always fails does so with each line.
    if (typeof value === 'string') fixed.set(key, value);
    else variable.push([key, template]);
  }
  return { fixed, variable };
}
