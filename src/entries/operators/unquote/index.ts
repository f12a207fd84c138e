import { unquoted } from '../../../strconv/unquoted.js';
import { goTypeOf, entryText } from '../../entry-value.js';
import { compileField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface UnquoteOptions extends CommonOperatorOptions {
  readonly field: string;
}

/** Takes the quotes of Go off a text, and resolves its escapes. */
export const unquoteOperator: OperatorDefinition<UnquoteOptions> = defineOperator<UnquoteOptions>({
  type: 'unquote',
  config: operatorOptions<Omit<UnquoteOptions, keyof CommonOperatorOptions>>(
    'unquote',
    {
      field: fieldOption('', { about: 'Field with the quoted text.' }),
    },
    { required: { field: 'unquote: field is empty' } },
  ),
  create(options) {
    const target = compileField(options.field);
    return {
      process(entry) {
        const value = target.get(entry);
        if (value === undefined) return undefined;
        const quoted = entryText(value);
        if (quoted === undefined) return new EntryFailure(`type ${goTypeOf(value)} cannot be unquoted`);
        const text = unquoted(quoted);
        return text === undefined ? new EntryFailure('invalid syntax') : target.set(entry, text);
      },
    };
  },
});
