import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { traceShape, traceStage, type TraceOptions } from '../../parse/trace.js';

/** The trace block as an operator. */
export const traceParser: OperatorDefinition<TraceOptions & CommonOperatorOptions> = defineOperator<
  TraceOptions & CommonOperatorOptions
>({
  type: 'trace_parser',
  config: operatorOptions<TraceOptions>('trace_parser', traceShape),
  create(options) {
    const stage = traceStage(options);
    return { process: (entry) => stage.apply(entry) };
  },
});
