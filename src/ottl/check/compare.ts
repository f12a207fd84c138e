import type { ComparisonOperator } from '../syntax/ast.js';
import { compareText } from '../text-order.js';
import { Duration, Opaque, SpanId, Time, TraceId, TypedList, type Value } from '../value.js';
import { deepEqual } from './deep-equal.js';

/** Whether an order of two values, below 0 when the first is less and NaN when there is none, is the one asked for. */
export function holds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** The operator that says the same with its sides exchanged. */
export function mirrored(operator: ComparisonOperator): ComparisonOperator {
  switch (operator) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    default:
      return operator;
  }
}

/** Compares any two values. Values of different kinds are not equal, and not ordered. */
export function compareValues(a: Value, operator: ComparisonOperator, b: Value): boolean {
  if (isEqualOnly(a) && b !== undefined) {
    if (operator === '==') return deepEqual(a, b);
    return operator === '!=' && !deepEqual(a, b);
  }
  return holds(operator, order(a, b));
}

/** Below 0, 0 or above 0; NaN for values that have no order. */
export function numberOrder(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : NaN;
}

export function bytesOrder(a: Uint8Array, b: Uint8Array, start: number = 0, end: number = a.length): number {
  const length = Math.min(end - start, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[start + i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return end - start - b.length;
}

function order(a: Value, b: Value): number {
  switch (typeof a) {
    case 'undefined':
      return b === undefined ? 0 : NaN;
    case 'boolean':
      return typeof b === 'boolean' ? Number(a) - Number(b) : NaN;
    case 'bigint':
      if (typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
      return typeof b === 'number' ? numberOrder(Number(a), b) : NaN;
    case 'number':
      return typeof b === 'number' || typeof b === 'bigint' ? numberOrder(a, Number(b)) : NaN;
    case 'string':
      return typeof b === 'string' ? compareText(a, b) : NaN;
    default:
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? bytesOrder(a, b) : NaN;
  if (a instanceof Time) return b instanceof Time ? bigintOrder(a.nanoseconds, b.nanoseconds) : NaN;
  if (a instanceof Duration) return b instanceof Duration ? bigintOrder(a.nanoseconds, b.nanoseconds) : NaN;
  return NaN;
}

function bigintOrder(a: bigint, b: bigint): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Whether values of this kind have no order, so that only == and != say something. */
function isEqualOnly(value: Value): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof TypedList ||
    value instanceof TraceId ||
    value instanceof SpanId ||
    value instanceof Opaque
  );
}
