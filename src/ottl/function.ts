import type { NumericReader } from './numeric.js';
import type { AcceptedArguments, Parameters } from './parameters.js';
import type { Scene } from './scene.js';
import type { Value } from './value.js';

/** A function without side effects, whose name begins with a capital: it stands where a value is expected. */
export interface Converter<P extends Parameters = Parameters> {
  readonly kind: 'converter';
  readonly name: string;
  readonly parameters: P;
  /**
   * Called once for each place where the function is used. The result throws an `OttlError` where the function fails.
   * `build` itself throws a `StatementError` for constants that it cannot use.
   */
  build(args: AcceptedArguments<P>, services: FunctionServices): Computation;
}

/** The value of a converter at each scene; `numeric` reads the same number without making a value. */
export interface Computation {
  (scene: Scene): Value;
  readonly numeric?: NumericReader | undefined;
}

/** A function that changes the item: one stands at the beginning of every statement. */
export interface Editor<P extends Parameters = Parameters> {
  readonly kind: 'editor';
  readonly name: string;
  readonly parameters: P;
  build(args: AcceptedArguments<P>, services: FunctionServices): (scene: Scene) => void;
}

export type OttlFunction = Converter | Editor;

/** The things outside a statement that functions depend on. */
export interface FunctionServices {
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Fills bytes with random ones. */
  randomBytes(bytes: Uint8Array): void;
}

/**
 * Declares a converter.
 * ```
 * export const hasPrefix = converter('HasPrefix', { target: asString(), prefix: string() }, ({ target, prefix }) => {
 *   return (scene) => (target.get(scene) ?? '').startsWith(prefix.get(scene));
 * });
 * ```
 */
export function converter<P extends Parameters>(name: string, parameters: P, build: Converter<P>['build']): Converter {
  // Erased: the checker hands over what the parameters have accepted, whatever their types are.
  return { kind: 'converter', name, parameters, build } as unknown as Converter;
}

/** A computation whose number can be read without making a value. */
export function withNumeric(get: (scene: Scene) => Value, numeric: NumericReader | undefined): Computation {
  return Object.assign(get, { numeric });
}

/** Declares an editor. */
export function editor<P extends Parameters>(name: string, parameters: P, build: Editor<P>['build']): Editor {
  return { kind: 'editor', name, parameters, build } as unknown as Editor;
}
