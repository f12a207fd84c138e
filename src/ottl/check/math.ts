import { OttlError } from '../ottl-error.js';
import type { MathOperator } from '../syntax/ast.js';
import { Duration, Time, typeName, type Value } from '../value.js';
import { messageText } from './message-text.js';

const onlySums = 'only addition and subtraction supported for time.Time and time.Duration';

/** Calculates as Go does: int64s wrap, an int64 with a float64 is a float64. Throws an `OttlError` for other types. */
export function calculate(a: Value, operator: MathOperator, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? ofInts(a, operator, b) : ofFloats(Number(a), operator, b);
  if (typeof a === 'number') return ofFloats(a, operator, b);
  if (a instanceof Time) return ofTime(a, operator, b);
  if (a instanceof Duration) return ofDuration(a, operator, b);
  throw new OttlError(`${messageText(a)} must be int64, float64, time.Time or time.Duration`);
}

/** `-value`. Throws an `OttlError` for what is no number. */
export function negate(value: Value): Value {
  if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
  if (typeof value === 'number') return -value;
  const type = value === undefined ? '<nil>' : typeName(value);
  throw new OttlError(`unsupported unary minus operation on type ${type}`);
}

function ofInts(a: bigint, operator: MathOperator, b: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b);
    case '-':
      return BigInt.asIntN(64, a - b);
    case '*':
      return BigInt.asIntN(64, a * b);
    case '/':
      if (b === 0n) throw divisionByZero();
      return BigInt.asIntN(64, a / b);
  }
}

function ofFloats(a: number, operator: MathOperator, right: Value): number {
  if (typeof right !== 'bigint' && typeof right !== 'number')
    throw new OttlError(`${messageText(right)} must be int64 or float64`);
  const b = Number(right);
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw divisionByZero();
      return a / b;
  }
}

function ofTime(a: Time, operator: MathOperator, b: Value): Value {
  switch (operator) {
    case '+':
      if (b instanceof Duration) return new Time(a.nanoseconds + b.nanoseconds, a.zone);
      throw new OttlError(`time.Time must be added to time.Duration; found ${messageText(b)} instead`);
    case '-':
      if (b instanceof Time) return new Duration(saturated(a.nanoseconds - b.nanoseconds));
      if (b instanceof Duration) return new Time(a.nanoseconds - b.nanoseconds, a.zone);
      throw new OttlError(
        `time.Time or time.Duration must be subtracted from time.Time; found ${messageText(b)} instead`,
      );
    default:
      throw new OttlError(onlySums);
  }
}

function ofDuration(a: Duration, operator: MathOperator, b: Value): Value {
  switch (operator) {
    case '+':
      if (b instanceof Duration) return new Duration(BigInt.asIntN(64, a.nanoseconds + b.nanoseconds));
      if (b instanceof Time) return new Time(b.nanoseconds + a.nanoseconds, b.zone);
      throw new OttlError(`time.Duration must be added to time.Duration or time.Time; found ${messageText(b)} instead`);
    case '-':
      if (b instanceof Duration) return new Duration(BigInt.asIntN(64, a.nanoseconds - b.nanoseconds));
      throw new OttlError(`time.Duration must be subtracted from time.Duration; found ${messageText(b)} instead`);
    default:
      throw new OttlError(onlySums);
  }
}

const longest = 2n ** 63n - 1n;

/** A difference of times that does not fit into a duration is the longest there is. */
function saturated(nanoseconds: bigint): bigint {
  if (nanoseconds > longest) return longest;
  return nanoseconds < -longest - 1n ? -longest - 1n : nanoseconds;
}

function divisionByZero(): OttlError {
  return new OttlError('attempted to divide by 0');
}
