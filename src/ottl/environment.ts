import type { Context } from './context.js';
import type { FunctionServices, OttlFunction } from './function.js';

/** Functions by name. */
export type FunctionTable = ReadonlyMap<string, OttlFunction>;

/** Throws an `Error` when two functions have the same name. */
export function functionTable(functions: Iterable<OttlFunction>): FunctionTable {
  const table = new Map<string, OttlFunction>();
  for (const each of functions) {
    if (table.has(each.name)) throw new Error(`two functions have the name ${each.name}`);
    table.set(each.name, each);
  }
  return table;
}

/** A context and the functions that can be used in it. */
export interface Candidate {
  readonly context: Context;
  readonly functions: FunctionTable;
}

/** All that the meaning of a statement depends on. */
export interface StatementEnvironment extends Candidate {
  readonly services: FunctionServices;
  /**
   * Whether a path may stand without its context, `name` for `span.name`: so where the configuration names the context,
   * but not where it is inferred.
   */
  readonly shortPaths: boolean;
}
