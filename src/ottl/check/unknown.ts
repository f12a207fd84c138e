import type { Context } from '../context.js';
import type { Candidate, FunctionTable } from '../environment.js';
import type { OttlFunction } from '../function.js';
import { StatementError } from '../ottl-error.js';
import type { PathNode } from '../syntax/ast.js';
import { cut, similarName, quotedList, didYouMean } from './similar-names.js';

/** Words of other languages for `nil`. */
const nothing = new Set(['null', 'none', 'undefined', 'NULL', 'None', 'Nil', 'NIL']);

/** The error for a function that the context does not have. */
export function unknownFunction(
  name: string,
  kind: OttlFunction['kind'],
  functions: FunctionTable,
  offset: number,
): StatementError {
  const isSmall = /^[a-z]/.test(name);
  const problem = `there is no function "${cut(name)}" here`;
  const names = [...functions.values()].filter((each) => each.kind === kind).map((each) => each.name);
  const near = didYouMean(name, names);
  if (near !== undefined) return new StatementError(`${problem}: ${near}`, offset);
  if (kind === 'converter' && isSmall)
    return new StatementError(`${problem}: the name of a function with a value begins with a capital`, offset);
  if (kind === 'editor' && !isSmall)
    return new StatementError(`${problem}: a statement begins with an editor, such as set(...)`, offset);
  return new StatementError(problem, offset);
}

/** The error for a name in capitals that is no enum of the context. */
export function unknownSymbol(name: string, environment: Candidate, offset: number): StatementError {
  const { context, functions } = environment;
  const shown = cut(name);
  const problem = `"${shown}" has no meaning in the context ${context.name}`;
  if (nothing.has(name)) return new StatementError(`${problem}: write nil`, offset);
  if (functions.has(name)) return new StatementError(`${problem} alone: call the function, ${name}(...)`, offset);
  const small = name.toLowerCase();
  if (small === 'true' || small === 'false') return new StatementError(`${problem}: write ${small}`, offset);
  const enums = [...context.enums.keys()];
  const near = similarName(name, enums) ?? similarName(name, functions.keys());
  if (near !== undefined) return new StatementError(`${problem}: did you mean ${near}?`, offset);
  const known = enums.length === 0 ? '' : `; enums are ${quotedList(enums)}`;
  return new StatementError(`${problem}: a text stands in double quotes, "${shown}"${known}`, offset);
}

/** The error for a path without a context where it must have one. */
export function missingContext(node: PathNode, context: Context): StatementError {
  const { name, keys } = node.segments[0]!;
  const problem = `the path "${cut(name)}" has no context in front`;
  if (nothing.has(name)) return new StatementError(`${problem}: write nil, if that is meant`, node.offset);
  if (node.segments.length > 1 && keys.length === 0) {
    const near = similarName(name, context.reaches);
    const can = near === undefined ? `here are ${quotedList(context.reaches)}` : `did you mean "${near}"?`;
    return new StatementError(
      `"${cut(name)}" is no context that can be reached from ${context.name}: ${can}`,
      node.offset,
    );
  }
  return new StatementError(
    `${problem}: write ${context.name}.${cut(name)} for the path, or "${cut(name)}" for a text`,
    node.offset,
  );
}
