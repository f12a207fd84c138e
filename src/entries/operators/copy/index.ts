import { copyOfValue } from '../../entry-value.js';
import type { OperatorDefinition } from '../../operator.js';
import { betweenFields, type FromToOptions } from '../between-fields.js';

/** Copies a field to another place of the entry. */
export const copyOperator: OperatorDefinition<FromToOptions> = betweenFields({
  type: 'copy',
  about: { from: 'Field that is copied.', to: 'Place of the copy. A map is added to the map that is there.' },
  value(from, entry) {
    const value = from.get(entry);
    return value === undefined ? undefined : copyOfValue(value);
  },
});
