import { float } from '../../../component/schema/schema.js';
import { conditionFault, EntryCondition } from '../../condition.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { checkedText, operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface FilterOptions extends CommonOperatorOptions {
  readonly expr: string;
  readonly drop_ratio: number;
}

/** Drops entries for which an expression is true, or a part of them. */
export const filterOperator: OperatorDefinition<FilterOptions> = defineOperator<FilterOptions>({
  type: 'filter',
  config: operatorOptions<Omit<FilterOptions, keyof CommonOperatorOptions>>(
    'filter',
    {
      expr: checkedText({ about: 'Expression; entries for which it is true are dropped.' }, conditionFault),
      drop_ratio: float(1, { about: 'Probability with which such an entry is dropped.' }, (ratio) =>
        ratio >= 0 && ratio <= 1 ? undefined : 'drop_ratio must be a number between 0 and 1',
      ),
    },
    { required: { expr: "failed to compile expression '': unexpected token EOF" } },
  ),
  create({ expr, drop_ratio: ratio }, { random }) {
    const condition = new EntryCondition(expr);
    return {
      process(entry) {
        const holds = condition.test(entry);
        if (holds instanceof EntryFailure)
          return EntryFailure.dropping(`running the expression returned an error: ${holds.message}`);
        return holds && random() < ratio ? 'dropped' : undefined;
      },
    };
  },
});
