import { group, type Report, type Schema, type Shape } from '../../component/schema/schema.js';
import type { LogEntry } from '../entry.js';
import { entryText } from '../entry-value.js';
import { compileField, fieldOption, type EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';
import { reportMissing } from '../operator-options.js';
import { absentField } from './absent-field.js';
import type { EntryStage } from './stage.js';

/** docs/spec/agent.md#stanza-operators, the scope_name block. */
export interface ScopeNameOptions {
  readonly parse_from: string;
}

export const scopeNameShape: Shape<ScopeNameOptions> = {
  parse_from: fieldOption('', {
    about: 'Field with the name of the logger, which becomes the name of the scope.',
  }),
};

export function checkScopeName(options: ScopeNameOptions, report: Report): void {
  reportMissing(options, { parse_from: "missing required field 'parse_from'" }, report);
}

export const scopeNameBlock: Schema<ScopeNameOptions> = group<ScopeNameOptions>(scopeNameShape, checkScopeName);

/** Makes the stage; the options were checked. */
export function scopeNameStage({ parse_from }: ScopeNameOptions): EntryStage {
  const from = compileField(parse_from);
  return { apply: (entry) => readScopeName(entry, from) };
}

function readScopeName(entry: LogEntry, from: EntryField): EntryFailure | undefined {
  const value = from.get(entry);
  if (value === undefined) return absentField(from);
  const name = entryText(value);
  if (name === undefined)
    return new EntryFailure(`parse_from field does not contain a string: {"parse_from":${JSON.stringify(from.text)}}`);
  entry.scopeName = name;
  return undefined;
}
