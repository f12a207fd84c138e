import { EntryMap } from '../../entry-map.js';
import { compileField, EntryField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface FlattenOptions extends CommonOperatorOptions {
  readonly field: string;
}

/** Moves the entries of a map one level up, beside the map's own place. */
export const flattenOperator: OperatorDefinition<FlattenOptions> = defineOperator<FlattenOptions>({
  type: 'flatten',
  config: operatorOptions<Omit<FlattenOptions, keyof CommonOperatorOptions>>(
    'flatten',
    { field: fieldOption('', { about: 'Field with the map.' }) },
    {
      required: { field: 'flatten: field is empty' },
      check({ field: written }, report) {
        if (written === 'body') report('flatten: the body has no level above it', ['field']);
      },
    },
  ),
  create(options) {
    const from = compileField(options.field);
    const above = new EntryField(from.text, from.section, from.keys.slice(0, -1));
    return {
      process(entry) {
        const value = from.get(entry);
        if (value === undefined) return new EntryFailure(`apply flatten: field ${from.text} does not exist on entry`);
        if (!(value instanceof EntryMap)) return new EntryFailure(`apply flatten: field ${from.text} is not a map`);
        from.take(entry);
        return above.set(entry, value);
      },
    };
  },
});
