import type { StatementEnvironment } from '../environment.js';
import type { Expression } from '../expression.js';
import type { Computation, OttlFunction } from '../function.js';
import { OttlError, StatementError } from '../ottl-error.js';
import type { Argument, Parameter } from '../parameters.js';
import type { Scene } from '../scene.js';
import type { ArgumentNode, CallNode, ValueNode } from '../syntax/ast.js';
import { listOf } from './constant.js';
import { quotedList, didYouMean } from './similar-names.js';
import { unknownFunction, unknownSymbol } from './unknown.js';

/** The environment of a call, and the meaning of its arguments. */
export interface Meanings {
  readonly environment: StatementEnvironment;
  value(node: ValueNode): Expression;
}

/** Binds the arguments of a call to the parameters of its function and builds it. */
export function buildCall(node: CallNode, kind: 'converter', checker: Meanings): Computation;
export function buildCall(node: CallNode, kind: 'editor', checker: Meanings): (scene: Scene) => void;
export function buildCall(
  node: CallNode,
  kind: OttlFunction['kind'],
  checker: Meanings,
): Computation | ((scene: Scene) => void) {
  const { environment } = checker;
  const called = environment.functions.get(node.name);
  if (called === undefined) throw unknownFunction(node.name, kind, environment.functions, node.offset);
  if (called.kind !== kind) throw wrongKind(called, node.offset);
  const args: Record<string, unknown> = {};
  for (const [name, argument] of bound(node, called)) {
    const parameter = called.parameters[name]!;
    args[name] =
      argument === undefined
        ? parameter.absent()
        : accepted(called, name, parameter, argumentOf(argument.value, checker));
  }
  return atLoad(node, () => called.build(args as never, environment.services));
}

/** The argument of each parameter, undefined for an optional one that is not given. */
function bound(node: CallNode, called: OttlFunction): ReadonlyMap<string, ArgumentNode | undefined> {
  const names = Object.keys(called.parameters);
  const given = new Map<string, ArgumentNode>();
  let isNamed = false;
  for (const [i, argument] of node.args.entries()) {
    isNamed ||= argument.name !== undefined;
    if (isNamed && argument.name === undefined)
      throw new StatementError('arguments with a name stand behind those without', argument.offset);
    const name = argument.name === undefined ? names[i] : parameterName(argument.name, names);
    if (name === undefined) throw argument.name === undefined ? tooMany(node, called, i) : noSuch(argument, called);
    if (given.has(name)) throw new StatementError(`the argument "${name}" is given twice`, argument.offset);
    given.set(name, argument);
  }
  return new Map(
    names.map((name) => {
      const argument = given.get(name);
      if (argument === undefined && !called.parameters[name]!.isOptional) throw tooFew(node, called, name);
      return [name, argument];
    }),
  );
}

/** `resolveConflicts` and `resolve_conflicts` are the same name. */
function parameterName(name: string, names: readonly string[]): string | undefined {
  const camel = inCamelCase(name);
  return names.find((each) => inCamelCase(each) === camel);
}

function inCamelCase(name: string): string {
  return name.replaceAll(/(?:^|_)[a-z]/g, (found) => found.slice(-1).toUpperCase());
}

function argumentOf(node: ValueNode, checker: Meanings): Argument {
  const { offset } = node;
  if (node.kind === 'symbol') return symbolArgument(node.name, offset, checker);
  if (node.kind === 'list') {
    const elements = node.elements.map((element) => argumentOf(element, checker));
    return { kind: 'list', elements, expression: listOf(elements.map((each) => elementOf(each, checker))), offset };
  }
  const expression = checker.value(node);
  // A number with a sign and the result of an operation are no literals, also for parameters that ask for one.
  const isLiteral = node.kind !== 'sign' && node.kind !== 'math';
  return { kind: 'expression', expression: isLiteral ? expression : { ...expression, constant: undefined }, offset };
}

/** An enum, or the name of a function. */
function symbolArgument(name: string, offset: number, checker: Meanings): Argument {
  const { environment } = checker;
  const called = environment.functions.get(name);
  if (environment.context.enums.has(name) || called === undefined)
    return { kind: 'expression', expression: checker.value({ kind: 'symbol', name, offset }), offset };
  if (called.kind === 'editor') throw wrongKind(called, offset);
  return { kind: 'function', converter: called, offset };
}

function elementOf(argument: Argument, checker: Meanings): Expression {
  if (argument.kind !== 'function') return argument.expression;
  throw unknownSymbol(argument.converter.name, checker.environment, argument.offset);
}

function accepted(called: OttlFunction, name: string, parameter: Parameter<unknown>, argument: Argument): unknown {
  try {
    return parameter.accept(argument);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw new StatementError(`"${name}" of ${called.name}: ${error.message}`, error.offset ?? argument.offset);
  }
}

/** Builds the function; what it cannot use is a mistake in the statement. */
function atLoad<T>(node: CallNode, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof StatementError || error instanceof OttlError) {
      const offset = error instanceof StatementError ? error.offset : undefined;
      throw new StatementError(`${node.name}: ${error.message}`, offset ?? node.offset);
    }
    throw error;
  }
}

function wrongKind(called: OttlFunction, offset: number): StatementError {
  return new StatementError(
    called.kind === 'editor'
      ? `${called.name} changes the item and has no value: it stands at the beginning of a statement`
      : `${called.name} changes nothing: a statement begins with an editor, such as set(..., ${called.name}(...))`,
    offset,
  );
}

function tooMany(node: CallNode, called: OttlFunction, i: number): StatementError {
  return new StatementError(
    `${called.name} takes ${counted(called)}, not ${node.args.length}: ${signature(called)}`,
    node.args[i]!.offset,
  );
}

function tooFew(node: CallNode, called: OttlFunction, name: string): StatementError {
  const { type } = called.parameters[name]!;
  return new StatementError(`${called.name} needs the argument "${name}" (${type}): ${signature(called)}`, node.offset);
}

function noSuch(argument: ArgumentNode, called: OttlFunction): StatementError {
  const names = Object.keys(called.parameters);
  const known =
    names.length === 0 ? 'it takes no arguments' : (didYouMean(argument.name!, names) ?? `it has ${quotedList(names)}`);
  return new StatementError(`${called.name} has no parameter "${argument.name}": ${known}`, argument.offset);
}

function counted(called: OttlFunction): string {
  const parameters = Object.values(called.parameters);
  const required = parameters.filter((each) => !each.isOptional).length;
  if (parameters.length === 0) return 'no arguments';
  const most = `${parameters.length} argument${parameters.length === 1 ? '' : 's'}`;
  return required === parameters.length ? most : `${required} to ${most}`;
}

/** `Split(target, delimiter)`; what may be left out stands with a question mark. */
function signature(called: OttlFunction): string {
  const names = Object.entries(called.parameters).map(([name, { isOptional }]) => (isOptional ? `${name}?` : name));
  return `${called.name}(${names.join(', ')})`;
}
