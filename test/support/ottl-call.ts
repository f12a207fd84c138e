import type { Expression } from '../../src/ottl/expression.js';
import type { Converter, FunctionServices } from '../../src/ottl/function.js';
import { StatementError } from '../../src/ottl/ottl-error.js';
import type { Argument } from '../../src/ottl/parameters.js';
import type { Value } from '../../src/ottl/value.js';

const scene = { context: 'test' };

/** Noon of 1 March 2026 in UTC, and bytes that are all the same. */
export const heldServices: FunctionServices = {
  now: () => 1_772_366_400_000_000_000n,
  randomBytes: (bytes) => bytes.fill(0xab),
};

/** Calls a converter as a statement does whose positional arguments are these constants; undefined leaves one out. */
export function callConverter(converter: Converter, ...args: readonly Value[]): Value {
  return build(converter, args, constantOf)(scene);
}

/** Calls a converter whose first argument is a path with this value, and the others constants. */
export function callWithPath(converter: Converter, first: Value, ...others: readonly Value[]): Value {
  return build(converter, [first, ...others], (value, index) => (index === 0 ? pathOf(value) : constantOf(value)))(
    scene,
  );
}

/** The converter of that name in a table. */
export function named(table: readonly Converter[], name: string): Converter {
  const found = table.find((converter) => converter.name === name);
  if (found === undefined) throw new Error(`no converter ${name}`);
  return found;
}

type Run = ReturnType<Converter['build']>;

function build(
  converter: Converter,
  args: readonly Value[],
  expression: (value: Value, index: number) => Expression,
): Run {
  const accepted: Record<string, unknown> = {};
  for (const [index, [name, parameter]] of Object.entries(converter.parameters).entries()) {
    const value = args[index];
    const isLeftOut = value === undefined && (parameter.isOptional || index >= args.length);
    accepted[name] = isLeftOut ? parameter.absent() : parameter.accept(argument(value, index, expression));
  }
  if (args.length > Object.keys(converter.parameters).length) throw new StatementError('too many arguments');
  return converter.build(accepted, heldServices);
}

function argument(value: Value, index: number, expression: (value: Value, index: number) => Expression): Argument {
  if (!isList(value)) return { kind: 'expression', expression: expression(value, index), offset: 0 };
  const elements = value.map((element) => argument(element, index, expression));
  return { kind: 'list', elements, expression: expression(value, index), offset: 0 };
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function constantOf(value: Value): Expression {
  return { get: () => value, constant: { value }, path: undefined };
}

function pathOf(value: Value): Expression {
  return { get: () => value, constant: undefined, path: undefined };
}
