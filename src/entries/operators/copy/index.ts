import { copyOfValue } from '../../entry-value.js';
import { fieldOption, compileField } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface CopyOptions extends CommonOperatorOptions {
  readonly from: string;
  readonly to: string;
}

/** Copies a field to another place of the entry. */
export const copyOperator: OperatorDefinition<CopyOptions> = defineOperator<CopyOptions>({
  type: 'copy',
  config: operatorOptions<Omit<CopyOptions, keyof CommonOperatorOptions>>(
    'copy',
    {
      from: fieldOption('', { about: 'Field that is copied.' }),
      to: fieldOption('', { about: 'Place of the copy. A map is added to the map that is there.' }),
    },
    { required: { from: 'copy: missing from field', to: 'copy: missing to field' } },
  ),
  create(options) {
    const [from, to] = [compileField(options.from), compileField(options.to)];
    return {
      process(entry) {
        const value = from.get(entry);
        if (value === undefined) return new EntryFailure(`copy: field does not exist: ${from.text}`);
        return to.set(entry, copyOfValue(value));
      },
    };
  },
});
