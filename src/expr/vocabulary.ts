import type { ExprValue, ExprType } from './value.js';

/** The names that expressions know beside the language's own, read from an environment of the component. */
export interface Vocabulary<E> {
  readonly variables: Readonly<Record<string, Variable<E>>>;
  readonly functions: Readonly<Record<string, NamedFunction<E>>>;
  /** A name that is not known: a fault where the expression is compiled, or nil. */
  readonly unknown: 'fault' | 'nil';
}

export interface Variable<E> {
  /** Where it is the same for all environments: mistakes are found when the expression is compiled. */
  readonly type?: ExprType;
  read(environment: E): ExprValue;
}

/** A function of one text, such as `Label("host")`. */
export interface NamedFunction<E> {
  readonly type?: ExprType;
  /** The function for an argument: called once for one that is written down. */
  of(argument: string): (environment: E) => ExprValue;
}
