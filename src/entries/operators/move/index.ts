import type { OperatorDefinition } from '../../operator.js';
import { betweenFields, type FromToOptions } from '../between-fields.js';

/** Takes a field to another place of the entry. */
export const moveOperator: OperatorDefinition<FromToOptions> = betweenFields({
  type: 'move',
  about: { from: 'Field that is moved.', to: 'Its new place. A map is added to the map that is there.' },
  value: (from, entry) => from.take(entry),
});
