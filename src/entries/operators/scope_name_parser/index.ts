import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { checkScopeName, scopeNameShape, scopeNameStage, type ScopeNameOptions } from '../../parse/scope-name.js';

/** The scope_name block as an operator. */
export const scopeNameParser: OperatorDefinition<ScopeNameOptions & CommonOperatorOptions> = defineOperator<
  ScopeNameOptions & CommonOperatorOptions
>({
  type: 'scope_name_parser',
  config: operatorOptions<ScopeNameOptions>('scope_name_parser', scopeNameShape, { check: checkScopeName }),
  create(options) {
    const stage = scopeNameStage(options);
    return { process: (entry) => stage.apply(entry) };
  },
});
