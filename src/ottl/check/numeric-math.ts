import type { Expression } from '../expression.js';
import { NumericCell, numericKind, type NumericKind, type NumericReader } from '../numeric.js';
import type { ComparisonOperator, MathOperator } from '../syntax/ast.js';
import { holds } from './compare.js';
import type { Matches } from './condition.js';

/** A number that an expression has at every scene, or reads without making a value. */
export function numericOf({ constant, numeric }: Expression): NumericReader | undefined {
  const value = constant?.value;
  if (typeof value === 'number') return (_, to) => to.setFloat(value);
  if (typeof value !== 'bigint') return constant ? undefined : numeric;
  const cell = new NumericCell();
  cell.setBigInt(value);
  return (_, to) => to.setInt(cell.low, cell.high);
}

/** A comparison that makes no value where both sides are numbers; `otherwise` says what holds where they are not. */
export function compareNumeric(
  left: NumericReader,
  operator: ComparisonOperator,
  right: NumericReader,
  otherwise: Matches,
): Matches {
  const a = new NumericCell();
  const b = new NumericCell();
  return (scene) => {
    const kind = left(scene, a);
    if (kind === numericKind.none) return otherwise(scene);
    const other = right(scene, b);
    if (other === numericKind.none) return otherwise(scene);
    if (kind === numericKind.int && other === numericKind.int) return holds(operator, intOrder(a, b));
    a.becomeFloat(kind);
    b.becomeFloat(other);
    return holds(operator, a.floatOrder(b));
  };
}

/** As `calculate`, for numbers: `none` where it is left to that, as a division by zero. */
export function calculateNumeric(
  first: NumericReader,
  rest: readonly { readonly operator: MathOperator; readonly operand: NumericReader }[],
): NumericReader {
  const right = new NumericCell();
  return (scene, to) => {
    let kind = first(scene, to);
    for (let i = 0; i < rest.length && kind !== numericKind.none; i++) {
      const { operator, operand } = rest[i]!;
      kind = step(to, kind, operator, right, operand(scene, right));
    }
    return kind;
  };
}

/** `a operator b`, into `a`. */
function step(
  a: NumericCell,
  kind: NumericKind,
  operator: MathOperator,
  b: NumericCell,
  other: NumericKind,
): NumericKind {
  if (other === numericKind.none) return numericKind.none;
  if (kind === numericKind.int && other === numericKind.int) return ofInts(a, operator, b);
  a.becomeFloat(kind);
  b.becomeFloat(other);
  return a.calculateFloat(operator, b);
}

/** Sums and differences wrap as in Go; what else does not fit 53 bits is left to bigints. */
function ofInts(a: NumericCell, operator: MathOperator, b: NumericCell): NumericKind {
  if (operator === '+' || operator === '-') {
    const low = operator === '+' ? a.low + b.low : a.low - b.low;
    const carry = operator === '+' ? isBelow(low | 0, a.low) : -isBelow(a.low, b.low);
    return a.setInt(low, operator === '+' ? a.high + b.high + carry : a.high - b.high + carry);
  }
  const x = a.toFloat(numericKind.int);
  const y = b.toFloat(numericKind.int);
  if (!Number.isSafeInteger(x) || !Number.isSafeInteger(y) || (operator === '/' && y === 0)) return numericKind.none;
  // The quotient of two safe integers is never rounded up to the next whole number.
  const result = operator === '*' ? x * y : Math.trunc(x / y);
  return Number.isSafeInteger(result) ? a.setWhole(result) : numericKind.none;
}

/** 1 where the first is less, both as unsigned integers of 32 bits. */
function isBelow(a: number, b: number): number {
  return a >>> 0 < b >>> 0 ? 1 : 0;
}

function intOrder(a: NumericCell, b: NumericCell): number {
  return a.high === b.high ? (a.low >>> 0) - (b.low >>> 0) : a.high - b.high;
}
