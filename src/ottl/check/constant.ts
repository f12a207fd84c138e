import type { Expression } from '../expression.js';
import type { Value } from '../value.js';

export function constant(value: Value): Expression {
  return { get: () => value, constant: { value }, path: undefined };
}

export function computed(get: Expression['get'], numeric?: Expression['numeric']): Expression {
  return { get, constant: undefined, path: undefined, numeric };
}

/** A list literal of such elements. */
export function listOf(elements: readonly Expression[]): Expression {
  if (elements.every((element) => element.constant))
    return constant(elements.map((element) => element.constant!.value));
  return computed((scene) => elements.map((element) => element.get(scene)));
}
