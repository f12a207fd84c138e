import { fieldOption, compileField } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface MoveOptions extends CommonOperatorOptions {
  readonly from: string;
  readonly to: string;
}

/** Takes a field to another place of the entry. */
export const moveOperator: OperatorDefinition<MoveOptions> = defineOperator<MoveOptions>({
  type: 'move',
  config: operatorOptions<Omit<MoveOptions, keyof CommonOperatorOptions>>(
    'move',
    {
      from: fieldOption('', { about: 'Field that is moved.' }),
      to: fieldOption('', { about: 'Its new place. A map is added to the map that is there.' }),
    },
    { required: { from: 'move: missing from field', to: 'move: missing to field' } },
  ),
  create(options) {
    const [from, to] = [compileField(options.from), compileField(options.to)];
    return {
      process(entry) {
        const value = from.take(entry);
        return value === undefined
          ? new EntryFailure(`move: field does not exist: ${from.text}`)
          : to.set(entry, value);
      },
    };
  },
});
