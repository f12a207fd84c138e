import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { checkTime, timeShape, timeStage, type TimeOptions } from '../../parse/time.js';

/** The timestamp block as an operator. */
export const timeParser: OperatorDefinition<TimeOptions & CommonOperatorOptions> = defineOperator<
  TimeOptions & CommonOperatorOptions
>({
  type: 'time_parser',
  config: operatorOptions<TimeOptions>('time_parser', timeShape, { check: checkTime }),
  create(options, { clock }) {
    const stage = timeStage(options, clock);
    return { process: (entry) => stage.apply(entry) };
  },
});
