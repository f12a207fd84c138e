import { list, variant, type Docs, type Report, type Schema } from '../component/schema/schema.js';
import { graphFaults } from './graph.js';
import { operatorTypes } from './operator-types.js';
import type { CommonOperatorOptions } from './operator-options.js';

/** Operators as they stand in a configuration, by the type of each. */
export type OperatorList = readonly CommonOperatorOptions[];

/** The option `operators` of a receiver, and wherever else a list of operators stands. */
export function operatorsOption(docs: Docs): Schema<OperatorList> {
  return list<CommonOperatorOptions>(
    variant<CommonOperatorOptions>(
      'type',
      Object.fromEntries([...operatorTypes.values()].map(({ type, config }) => [type, config])),
    ),
    [],
    docs,
    checkGraph,
  );
}

function checkGraph(operators: OperatorList, report: Report): void {
  for (const { message, path } of graphFaults(operators)) report(message, path);
}
