import { boolLike, bytesLike, floatLike, intLike, stringLike } from './conversions.js';
import type { Expression, PathAccess, AssignablePath } from './expression.js';
import type { Converter } from './function.js';
import { OttlError, StatementError } from './ottl-error.js';
import { Duration, Time, TypedList, typeName, type MapValue, type Value } from './value.js';

/** An argument of a call as the checker has found it, before its parameter has accepted it. */
export type Argument =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly offset: number }
  /** A list literal: a parameter that takes a list checks each element; any other reads it as one value. */
  | {
      readonly kind: 'list';
      readonly elements: readonly Argument[];
      readonly expression: Expression;
      readonly offset: number;
    }
  /** The name of a converter without parentheses. */
  | { readonly kind: 'function'; readonly converter: Converter; readonly offset: number };

/** A parameter of a function: how an argument becomes what the function is built with. */
export interface Parameter<T> {
  /** As documentation and messages name it: `string`, `list of strings`. */
  readonly type: string;
  readonly isOptional: boolean;
  /** Throws a `StatementError` for an argument of a wrong kind, and for a constant that the function cannot take. */
  accept(argument: Argument): T;
  /** Stands for an argument that was not given; only asked when `isOptional`. */
  absent(): T;
}

/** The parameters of a function by name, in the order of positional arguments. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** The arguments that a function with such parameters is built with. */
export type AcceptedArguments<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** Any value. */
export function any(): Parameter<Expression> {
  return converted('value', (value) => value);
}

/** A text, and nothing else. */
export function string(): Parameter<Expression<string>> {
  return converted('string', (value) => (typeof value === 'string' ? value : expected('string', value)));
}

/** A text, or what can be written as one; nil stays nil. */
export function asString(): Parameter<Expression<string | undefined>> {
  return converted('string-like', stringLike);
}

export function int(): Parameter<Expression<bigint>> {
  return converted('int', (value) => (typeof value === 'bigint' ? value : expected('int64', value)));
}

export function asInt(): Parameter<Expression<bigint | undefined>> {
  return converted('int-like', intLike);
}

export function float(): Parameter<Expression<number>> {
  return converted('float', (value) => (typeof value === 'number' ? value : expected('float64', value)));
}

export function asFloat(): Parameter<Expression<number | undefined>> {
  return converted('float-like', floatLike);
}

export function bool(): Parameter<Expression<boolean>> {
  return converted('bool', (value) => (typeof value === 'boolean' ? value : expected('bool', value)));
}

export function asBool(): Parameter<Expression<boolean | undefined>> {
  return converted('bool-like', boolLike);
}

export function asBytes(): Parameter<Expression<Uint8Array | undefined>> {
  return converted('bytes-like', bytesLike);
}

export function map(): Parameter<Expression<MapValue>> {
  return converted('map', (value) => (value instanceof Map ? value : expected('pcommon.Map', value)));
}

/** A list of values or a list with one type of elements. */
export function slice(): Parameter<Expression<readonly Value[]>> {
  return converted('list', (value) => {
    if (value instanceof TypedList) return value.values;
    return isSlice(value) ? value : expected('pcommon.Slice', value);
  });
}

export function time(): Parameter<Expression<Time>> {
  return converted('time', (value) => (value instanceof Time ? value : expected('time', value)));
}

export function duration(): Parameter<Expression<Duration>> {
  return converted('duration', (value) => (value instanceof Duration ? value : expected('duration', value)));
}

/** A text that is known when the configuration is loaded. */
export function literalString(): Parameter<string> {
  return literal('string literal', (value) => (typeof value === 'string' ? value : undefined));
}

export function literalInt(): Parameter<bigint> {
  return literal('int literal', (value) => (typeof value === 'bigint' ? value : undefined));
}

export function literalFloat(): Parameter<number> {
  return literal('float literal', (value) => (typeof value === 'number' ? value : undefined));
}

export function literalBool(): Parameter<boolean> {
  return literal('bool literal', (value) => (typeof value === 'boolean' ? value : undefined));
}

/** A path that can be assigned to. */
export function target(): Parameter<AssignablePath> {
  return required('path', (argument) => {
    const path = pathOf(argument);
    if (path.set === undefined) throw new StatementError(`${path.text} is read-only`, argument.offset);
    return path as AssignablePath;
  });
}

/** A list literal whose elements are all of one parameter. */
export function list<T>(of: Parameter<T>): Parameter<readonly T[]> {
  return required(`list of ${of.type}`, (argument) => {
    if (argument.kind !== 'list') throw new StatementError(`must be a list of type ${of.type}`, argument.offset);
    return argument.elements.map((element) => of.accept(element));
  });
}

/** A converter that is named without being called. */
export function converterName(): Parameter<Converter> {
  return required('function name', (argument) => {
    if (argument.kind !== 'function') throw new StatementError('must be the name of a function', argument.offset);
    return argument.converter;
  });
}

/** A parameter that may be left out. */
export function optional<T>(of: Parameter<T>): Parameter<T | undefined> {
  return { type: of.type, isOptional: true, accept: (argument) => of.accept(argument), absent: () => undefined };
}

function required<T>(type: string, accept: (argument: Argument) => T): Parameter<T> {
  return {
    type,
    isOptional: false,
    accept,
    absent: () => {
      throw new StatementError(`an argument of type ${type} is missing`);
    },
  };
}

/** A parameter that converts each value, and a constant when the configuration is loaded. */
function converted<T>(type: string, convert: (value: Value) => T): Parameter<Expression<T>> {
  return required(type, (argument) => {
    const expression = expressionOf(argument, type);
    const { constant, path } = expression;
    if (constant === undefined) return { get: (scene) => convert(expression.get(scene)), constant: undefined, path };
    const value = atLoad(() => convert(constant.value), argument.offset);
    return { get: () => value, constant: { value }, path: undefined };
  });
}

function literal<T>(type: string, read: (value: Value) => T | undefined): Parameter<T> {
  return required(type, (argument) => {
    const { constant } = expressionOf(argument, type);
    const value = constant && read(constant.value);
    if (value === undefined)
      throw new StatementError(`must be ${type.startsWith('int') ? 'an' : 'a'} ${type}`, argument.offset);
    return value;
  });
}

function expressionOf(argument: Argument, type: string): Expression {
  if (argument.kind === 'function')
    throw new StatementError(`a ${type} is expected here, not the name of a function`, argument.offset);
  return argument.expression;
}

function pathOf(argument: Argument): PathAccess {
  const path = argument.kind === 'expression' ? argument.expression.path : undefined;
  if (path === undefined) throw new StatementError('must be a path', argument.offset);
  return path;
}

/** Runs what may fail for a constant: its failure is a mistake in the statement. */
function atLoad<T>(convert: () => T, offset: number): T {
  try {
    return convert();
  } catch (error) {
    if (error instanceof OttlError) throw new StatementError(error.message, offset);
    throw error;
  }
}

function isSlice(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function expected(type: string, value: Value): never {
  throw new OttlError(`expected ${type} but got ${typeName(value)}`);
}
