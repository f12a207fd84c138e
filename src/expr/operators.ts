import { PatternError, pattern } from '../pattern/pattern.js';
import { ExprError } from './expr-error.js';
import { longestList, longestMade } from './evaluation.js';
import type { BinaryOperator } from './node.js';
import {
  areEqual,
  compareTexts,
  isExprList,
  isExprMap,
  isNumber,
  typeOf,
  type ExprValue,
  type ExprType,
} from './value.js';

/** An operator on two values; throws an `ExprError` with the place `at` when it does not go with their types. */
export type BinaryOperation = (left: ExprValue, right: ExprValue, at: number) => ExprValue;

function mismatch(operator: string, left: ExprType, right: ExprType, at: number): ExprError {
  return new ExprError(`${left} ${operator} ${right} is not possible`, at);
}

const wrongTypes = (operator: string, left: ExprValue, right: ExprValue, at: number): ExprError =>
  mismatch(operator, typeOf(left), typeOf(right), at);

const wrapped = (value: bigint): bigint => BigInt.asIntN(64, value);

function arithmetic(
  operator: string,
  ofInts: (left: bigint, right: bigint) => ExprValue,
  ofFloats: (left: number, right: number) => number,
): BinaryOperation {
  return (left, right, at) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') return ofInts(left, right);
    if (!isNumber(left) || !isNumber(right)) throw wrongTypes(operator, left, right, at);
    return ofFloats(Number(left), Number(right));
  };
}

const sum = arithmetic(
  '+',
  (left, right) => wrapped(left + right),
  (left, right) => left + right,
);

function order(operator: string, accepts: (order: number) => boolean): BinaryOperation {
  return (left, right, at) => {
    if (typeof left === 'string' && typeof right === 'string') return accepts(compareTexts(left, right));
    if (!isNumber(left) || !isNumber(right)) throw wrongTypes(operator, left, right, at);
    if (typeof left === 'bigint' && typeof right === 'bigint') return accepts(left < right ? -1 : left > right ? 1 : 0);
    const [a, b] = [Number(left), Number(right)];
    return accepts(a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN);
  };
}

/** Of nil, false. */
function ofTexts(operator: string, test: (left: string, right: string) => boolean): BinaryOperation {
  return (left, right, at) => {
    if (left === null || right === null) return false;
    if (typeof left !== 'string' || typeof right !== 'string') throw wrongTypes(operator, left, right, at);
    return test(left, right);
  };
}

function isIn(left: ExprValue, right: ExprValue, at: number): boolean {
  if (right === null) return false;
  if (isExprList(right)) return right.some((element) => areEqual(left, element));
  if (!isExprMap(right) || (left !== null && typeof left !== 'string')) throw wrongTypes('in', left, right, at);
  return left !== null && right.has(left);
}

function range(left: ExprValue, right: ExprValue, at: number): ExprValue {
  if (typeof left !== 'bigint' || typeof right !== 'bigint') throw wrongTypes('..', left, right, at);
  const length = right < left ? 0 : Number(right - left) + 1;
  if (length > longestList) throw new ExprError(`a range of more than ${longestList} numbers`, at);
  return Array.from({ length }, (_, i) => left + BigInt(i));
}

function matches(left: ExprValue, right: ExprValue, at: number): ExprValue {
  if (left === null || right === null) return false;
  if (typeof left !== 'string' || typeof right !== 'string') throw wrongTypes('matches', left, right, at);
  return compiledPattern(right, at).test(left);
}

/** Throws an `ExprError` for a pattern that cannot be used. */
export function compiledPattern(source: string, at: number): ReturnType<typeof pattern> {
  try {
    return pattern(source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ExprError(error.message, at);
  }
}

/** `??` looks at its right side only when it needs to, and is none of these. */
export const operations: Readonly<Record<Exclude<BinaryOperator, '??'>, BinaryOperation>> = {
  '==': areEqual,
  '!=': (left, right) => !areEqual(left, right),
  '<': order('<', (found) => found < 0),
  '<=': order('<=', (found) => found <= 0),
  '>': order('>', (found) => found > 0),
  '>=': order('>=', (found) => found >= 0),
  in: isIn,
  matches,
  contains: ofTexts('contains', (left, right) => left.includes(right)),
  startsWith: ofTexts('startsWith', (left, right) => left.startsWith(right)),
  endsWith: ofTexts('endsWith', (left, right) => left.endsWith(right)),
  '+'(left, right, at) {
    if (typeof left !== 'string' || typeof right !== 'string') return sum(left, right, at);
    if (left.length + right.length > longestMade) throw new ExprError('a text that is too long', at);
    return left + right;
  },
  '-': arithmetic(
    '-',
    (left, right) => wrapped(left - right),
    (left, right) => left - right,
  ),
  '*': arithmetic(
    '*',
    (left, right) => wrapped(left * right),
    (left, right) => left * right,
  ),
  '/': arithmetic(
    '/',
    (left, right) => Number(left) / Number(right),
    (left, right) => left / right,
  ),
  '%'(left, right, at) {
    if (typeof left !== 'bigint' || typeof right !== 'bigint') throw wrongTypes('%', left, right, at);
    if (right === 0n) throw new ExprError('division by zero', at);
    return left % right;
  },
  '**': arithmetic(
    '**',
    (left, right) => Number(left) ** Number(right),
    (left, right) => left ** right,
  ),
  '..': range,
};

const numeric: readonly ExprType[] = ['int', 'float'];
const truthOperators: ReadonlySet<BinaryOperator> = new Set(
  '== != < <= > >= in matches contains startsWith endsWith'.split(' ') as BinaryOperator[],
);

/** The type of the result, as far as it is known. Throws an `ExprError` for types that never go together. */
export function resultType(
  operator: Exclude<BinaryOperator, '??'>,
  left: ExprType | undefined,
  right: ExprType | undefined,
  at: number,
): ExprType | undefined {
  if (left !== undefined && right !== undefined && !isPossible(operator, left, right))
    throw mismatch(operator, left, right, at);
  if (truthOperators.has(operator)) return 'bool';
  switch (operator) {
    case '..':
      return 'array';
    case '/':
    case '**':
      return 'float';
    case '%':
      return 'int';
    default:
      if (left === undefined || right === undefined) return undefined;
      return left === 'string' ? 'string' : left === 'int' && right === 'int' ? 'int' : 'float';
  }
}

function isPossible(operator: BinaryOperator, left: ExprType, right: ExprType): boolean {
  const areNumbers = numeric.includes(left) && numeric.includes(right);
  const areTexts = left === 'string' && right === 'string';
  switch (operator) {
    case '==':
    case '!=':
      return left === right || areNumbers || left === 'nil' || right === 'nil';
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
      return areNumbers || areTexts;
    case 'in':
      return right === 'array' || right === 'nil' || (right === 'map' && (left === 'string' || left === 'nil'));
    case 'matches':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return areTexts || left === 'nil' || right === 'nil';
    case '%':
    case '..':
      return left === 'int' && right === 'int';
    default:
      return areNumbers;
  }
}
