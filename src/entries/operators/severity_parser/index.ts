import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { checkSeverity, severityShape, severityStage, type SeverityOptions } from '../../parse/severity.js';

/** The severity block as an operator. */
export const severityParser: OperatorDefinition<SeverityOptions & CommonOperatorOptions> = defineOperator<
  SeverityOptions & CommonOperatorOptions
>({
  type: 'severity_parser',
  config: operatorOptions<SeverityOptions>('severity_parser', severityShape, { check: checkSeverity }),
  create(options) {
    const stage = severityStage(options);
    return { process: (entry) => stage.apply(entry) };
  },
});
