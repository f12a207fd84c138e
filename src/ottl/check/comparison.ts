import { key } from '../../otlp/view/key.js';
import type { ValueView } from '../../otlp/view/value.js';
import type { Word64 } from '../../otlp/view/word64.js';
import type { Expression, PathAccess } from '../expression.js';
import { NumericCell, numericKind } from '../numeric.js';
import { viewNumeric } from '../path-numeric.js';
import type { Scene } from '../scene.js';
import type { ComparisonOperator } from '../syntax/ast.js';
import type { Value } from '../value.js';
import { bytesOrder, compareValues, holds, mirrored, numberOrder } from './compare.js';
import type { Known, Matches } from './condition.js';
import { compareNumeric, numericOf } from './numeric-math.js';

/**
 * A comparison. That of a path with a constant, which is nearly every one, reads the bytes of the item where they lie
 * and makes no value.
 */
export function compileComparison(left: Expression, operator: ComparisonOperator, right: Expression): Known {
  if (left.constant && right.constant) return compareValues(left.constant.value, operator, right.constant.value);
  if (left.path && right.constant) return withConstant(left, left.path, operator, right);
  if (left.constant && right.path) return withConstant(right, right.path, mirrored(operator), left);
  return numericOrValues(left, operator, right);
}

/** Reads numbers in place where both sides can be numbers. */
function numericOrValues(left: Expression, operator: ComparisonOperator, right: Expression): Matches {
  const values: Matches = (scene) => compareValues(left.get(scene), operator, right.get(scene));
  const a = numericOf(left);
  const b = numericOf(right);
  return a && b ? compareNumeric(a, operator, b, values) : values;
}

function withConstant(left: Expression, path: PathAccess, operator: ComparisonOperator, right: Expression): Matches {
  const constant = right.constant?.value;
  return (
    (path.range ? withText(path.range.bind(path), operator, constant) : undefined) ??
    (path.integer ? withInteger(path.integer.bind(path), operator, constant) : undefined) ??
    (path.view ? withView(path.view.bind(path), path, operator, constant) : undefined) ??
    numericOrValues(left, operator, right)
  );
}

/** A text that is always there. */
function withText(
  range: NonNullable<PathAccess['range']>,
  operator: ComparisonOperator,
  constant: Value,
): Matches | undefined {
  // Never equal to what is no text, nor ordered with it.
  if (typeof constant !== 'string') return operator === '!=' ? () => true : () => false;
  const text = key(constant);
  if (operator === '==') return (scene) => range(scene).is(text);
  if (operator === '!=') return (scene) => !range(scene).is(text);
  return (scene) => {
    const { bytes, start, end } = range(scene);
    return holds(operator, bytesOrder(bytes, text.bytes, start, end));
  };
}

/** An integer that is always there. */
function withInteger(
  integer: NonNullable<PathAccess['integer']>,
  operator: ComparisonOperator,
  constant: Value,
): Matches {
  if (typeof constant !== 'bigint' && typeof constant !== 'number') return operator === '!=' ? () => true : () => false;
  // Exact for 53 bits, and in the right order beyond them.
  const number = Number(constant);
  if (operator === '==') return (scene) => integer(scene) === number;
  if (operator === '!=') return (scene) => integer(scene) !== number;
  return (scene) => holds(operator, numberOrder(integer(scene), number));
}

/** Below 0, 0 or above 0 for the order of a value with the constant; NaN when they have none. */
type ViewOrder = (view: ValueView | undefined) => number;

/** A value that can be of any type, or absent. */
function withView(
  view: NonNullable<PathAccess['view']>,
  path: PathAccess,
  operator: ComparisonOperator,
  constant: Value,
): Matches | undefined {
  // A text of the profiles dictionary does not lie in the item.
  const otherwise = (scene: Scene): boolean => compareValues(path.get(scene), operator, constant);
  if (typeof constant === 'string' && (operator === '==' || operator === '!=')) {
    const text = key(constant);
    const isEqual = operator === '==';
    return (scene) => {
      const found = view(scene);
      if (found === undefined) return !isEqual;
      return found.type === 'reference' ? otherwise(scene) : found.is(text) === isEqual;
    };
  }
  const order = viewOrder(constant);
  if (order === undefined) return undefined;
  return (scene) => {
    const found = view(scene);
    return found?.type === 'reference' ? otherwise(scene) : holds(operator, order(found));
  };
}

function viewOrder(constant: Value): ViewOrder | undefined {
  switch (typeof constant) {
    case 'undefined':
      return (view) => (view === undefined || view.type === 'empty' ? 0 : NaN);
    case 'boolean': {
      const number = Number(constant);
      return (view) => (view?.type === 'bool' ? Number(view.bool) - number : NaN);
    }
    case 'bigint':
      return intOrder(constant);
    case 'number': {
      const cell = new NumericCell();
      const own = new NumericCell();
      own.setFloat(constant);
      return (view) => {
        const kind = viewNumeric(view, cell);
        if (kind === numericKind.none) return NaN;
        cell.becomeFloat(kind);
        return cell.floatOrder(own);
      };
    }
    case 'string': {
      const { bytes } = key(constant);
      return (view) => {
        if (view?.type !== 'string') return NaN;
        const range = view.string;
        return bytesOrder(range.bytes, bytes, range.start, range.end);
      };
    }
    default:
      return constant instanceof Uint8Array ? bytesViewOrder(constant) : undefined;
  }
}

function bytesViewOrder(constant: Uint8Array): ViewOrder {
  return (view) => {
    if (view?.type !== 'bytes') return NaN;
    const range = view.bytesValue;
    return bytesOrder(range.bytes, constant, range.start, range.end);
  };
}

function intOrder(constant: bigint): ViewOrder {
  const high = Number(BigInt.asIntN(32, constant >> 32n));
  const low = Number(BigInt.asUintN(32, constant));
  const cell = new NumericCell();
  const own = new NumericCell();
  own.setFloat(Number(constant));
  return (view) => {
    if (view?.type === 'int') return wordOrder(view.int, high, low);
    return viewNumeric(view, cell) === numericKind.float ? cell.floatOrder(own) : NaN;
  };
}

/** A word in two's complement with the halves of another, the upper one signed. */
function wordOrder(word: Word64, high: number, low: number): number {
  const ownHigh = word.high | 0;
  return ownHigh === high ? word.low - low : ownHigh - high;
}
