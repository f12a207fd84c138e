import { list } from '../../../component/schema/schema.js';
import type { LogEntry } from '../../entry.js';
import { EntryMap } from '../../entry-map.js';
import type { EntryValue } from '../../entry-value.js';
import { compileField, fieldOption, type EntryField } from '../../field.js';
import { defineOperator, type EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface RetainOptions extends CommonOperatorOptions {
  readonly fields: readonly string[];
}

/** Keeps some fields, and removes the others of the same section: body, attributes or resource. */
export const retainOperator: OperatorDefinition<RetainOptions> = defineOperator<RetainOptions>({
  type: 'retain',
  config: operatorOptions<Omit<RetainOptions, keyof CommonOperatorOptions>>(
    'retain',
    {
      fields: list(fieldOption('', { about: 'A field that is kept.' }), [], {
        about: 'Fields that are kept. A section of which none is named stays whole.',
      }),
    },
    {
      check({ fields }, report) {
        if (fields.length === 0) report("retain: 'fields' is empty", ['fields']);
        for (const [i, each] of fields.entries()) if (each === '') report('retain: a field is empty', ['fields', i]);
      },
    },
  ),
  create(options) {
    const fields = options.fields.map(compileField);
    const sections = new Set(fields.map(({ section }) => section));
    return { process: (entry) => keep(entry, fields, sections) };
  },
});

function keep(
  entry: LogEntry,
  fields: readonly EntryField[],
  sections: ReadonlySet<EntryField['section']>,
): EntryFailure | undefined {
  const kept: (EntryValue | undefined)[] = fields.map((each) => each.get(entry));
  if (sections.has('body')) entry.body = null;
  if (sections.has('attributes')) entry.attributes = new EntryMap();
  if (sections.has('resource')) entry.resource = new EntryMap();
  for (const [i, each] of fields.entries()) {
    const value = kept[i];
    const failure = value === undefined ? undefined : each.set(entry, value);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
