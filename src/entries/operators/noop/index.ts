import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

/** Hands entries on: a name for a place that others send to, and for several outputs. */
export const noopOperator: OperatorDefinition = defineOperator<CommonOperatorOptions>({
  type: 'noop',
  config: operatorOptions('noop', {}),
  create: () => ({ process: () => undefined }),
});
