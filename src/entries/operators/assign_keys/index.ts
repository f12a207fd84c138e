import { list, text } from '../../../component/schema/schema.js';
import { EntryMap } from '../../entry-map.js';
import { compileField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface AssignKeysOptions extends CommonOperatorOptions {
  readonly field: string;
  readonly keys: readonly string[];
}

/** Makes a map of a list: each element gets the key of its place. */
export const assignKeys: OperatorDefinition<AssignKeysOptions> = defineOperator<AssignKeysOptions>({
  type: 'assign_keys',
  config: operatorOptions<Omit<AssignKeysOptions, keyof CommonOperatorOptions>>(
    'assign_keys',
    {
      field: fieldOption('', { about: 'Field with the list.' }),
      keys: list(text(), [], { about: 'Keys of the elements, as many as there are.' }),
    },
    {
      required: { field: 'assign_keys missing required field field' },
      check({ keys }, report) {
        if (keys.length === 0) report('assign_keys missing required field keys', ['keys']);
        const twice = keys.findIndex((key, i) => keys.indexOf(key) < i);
        if (twice >= 0) report('assign_keys duplicate keys are not allowed', ['keys', twice]);
      },
    },
  ),
  create({ field: written, keys }) {
    const target = compileField(written);
    return {
      process(entry) {
        const values = target.get(entry);
        if (values === undefined)
          return new EntryFailure(`apply assign_keys: field ${written} does not exist on entry`);
        if (!Array.isArray(values))
          return new EntryFailure(`apply assign_keys: couldn't convert field ${written} to []any`);
        if (values.length !== keys.length)
          return new EntryFailure(
            `apply assign_keys: field ${written} contains ${values.length} values while expected keys are ` +
              `[${keys.join(' ')}] contain ${keys.length} keys`,
          );
        const map = new EntryMap();
        for (const [i, key] of keys.entries()) map.set(key, values[i] ?? null);
        return target.set(entry, map);
      },
    };
  },
});
