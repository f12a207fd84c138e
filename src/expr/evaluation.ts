import { ExprError } from './expr-error.js';
import type { ExprValue, ExprType } from './value.js';

/** Elements that the predicates of one evaluation may look at: nested ones multiply. */
const mostSteps = 1_000_000;
/** UTF-16 units of a text that an expression may make, and elements of a list. */
export const longestMade: number = 1 << 24;
export const longestList: number = 1 << 20;

/** The state of an evaluation. Used again for the next one. */
export class Evaluation<E> {
  environment: E | undefined = undefined;
  /** `#` of the innermost predicate. */
  element: ExprValue = null;
  #steps = 0;

  open(environment: E): void {
    this.environment = environment;
    this.#steps = 0;
  }

  close(): void {
    this.environment = undefined;
    this.element = null;
  }

  /** Counts an element that is looked at. Throws an `ExprError` when there were too many. */
  step(at: number): void {
    if (++this.#steps > mostSteps) throw new ExprError(`looks at more than ${mostSteps} elements`, at);
  }
}

/** A compiled part of an expression. */
export interface ExprPart<E> {
  /** Undefined: known with the values only. */
  readonly type: ExprType | undefined;
  /** The value of a part that is the same whatever the environment. */
  readonly constant?: ExprValue;
  evaluate(evaluation: Evaluation<E>): ExprValue;
}
