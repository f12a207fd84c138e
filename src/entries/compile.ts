import { ChainOfSteps } from './chain-of-steps.js';
import type { OperatorChain } from './chain.js';
import type { OperatorList } from './config.js';
import { goesToNext, idsOf } from './graph.js';
import { operatorTypes } from './operator-types.js';
import { Outputs, type OperatorServices } from './operator.js';
import { OperatorFailures, OperatorStep } from './step.js';

/**
 * Makes the operators of a list, which `operatorsOption` has checked. Each receiver has a chain of its own: what one of
 * its operators holds is not seen by others.
 */
export function compileOperators(operators: OperatorList, services: OperatorServices): OperatorChain {
  const ids = idsOf(operators);
  const placeOf = (id: string): number => ids.indexOf(id);
  const chain = new ChainOfSteps();
  for (const [i, options] of operators.entries()) {
    const id = ids[i] ?? '';
    const definition = operatorTypes.get(options.type);
    if (definition === undefined) throw new Error(`there is no operator ${options.type}`);
    const outputs = new Outputs(goesToNext(options) ? [i + 1] : options.output.map(placeOf));
    const failures = new OperatorFailures(id, options, services);
    const operator = definition.create(options, {
      ...services,
      id,
      logger: services.logger.child({ operator_id: id, operator_type: options.type }),
      outputs: (named) => new Outputs(named.map(placeOf)),
      emit: (entry) => chain.emit(outputs, entry),
      fail: (failure) => void failures.report(failure),
    });
    chain.add(new OperatorStep(operator, options, outputs, failures));
  }
  return chain;
}
