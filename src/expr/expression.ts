import { Compiler } from './compile.js';
import { ExprError } from './expr-error.js';
import { Evaluation } from './evaluation.js';
import { parsed } from './parser.js';
import type { ExprValue, ExprType } from './value.js';
import type { Vocabulary } from './vocabulary.js';

/** UTF-16 units of a source. */
const longestSource = 1 << 16;

/** An expression of the language Expr, ready to be evaluated. */
export interface CompiledExpr<E> {
  readonly source: string;
  /** Undefined: known with the values only. */
  readonly type: ExprType | undefined;
  /** Throws an `ExprError` where values are not of the types that the expression needs. */
  evaluate(environment: E): ExprValue;
}

/**
 * Compiles an expression of the language Expr (docs/spec/agent.md#stanza-expressions): literals, operators, members,
 * `?.`, `??`, conditions, lists, maps, ranges, parts, pipes, functions on texts and numbers, and predicates. Throws an
 * `ExprError` for what is no expression, and for all else that is wrong whatever the values.
 * ```
 * const drops = expression('MetricName == "up" && Label("job") matches "^dev-"', vocabulary);
 * if (drops.evaluate(point) === true) ...
 * ```
 */
export function expression<E>(source: string, vocabulary: Vocabulary<E>): CompiledExpr<E> {
  if (source.length > longestSource) throw new ExprError(`more than ${longestSource} characters`, longestSource);
  const { type, evaluate } = new Compiler(vocabulary).part(parsed(source));
  const evaluation = new Evaluation<E>();
  return {
    source,
    type,
    evaluate(environment) {
      evaluation.open(environment);
      try {
        return evaluate(evaluation);
      } finally {
        evaluation.close();
      }
    },
  };
}
