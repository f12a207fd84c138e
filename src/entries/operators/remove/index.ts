import { fieldOption, compileField } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface RemoveOptions extends CommonOperatorOptions {
  readonly field: string;
}

/** Takes a field, or all attributes, the whole resource or the body, out of the entry. */
export const removeOperator: OperatorDefinition<RemoveOptions> = defineOperator<RemoveOptions>({
  type: 'remove',
  config: operatorOptions<Omit<RemoveOptions, keyof CommonOperatorOptions>>(
    'remove',
    {
      field: fieldOption('', { about: 'Field that is removed.' }, 'rooted'),
    },
    { required: { field: 'remove: field is empty' } },
  ),
  create(options) {
    const removed = compileField(options.field);
    return {
      process: (entry) =>
        removed.take(entry) === undefined
          ? new EntryFailure(`remove: field does not exist: ${removed.text}`)
          : undefined,
    };
  },
});
