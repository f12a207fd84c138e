/** A value: null is `nil`, a bigint an int of 64 bits, a number a float. */
export type ExprValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly ExprValue[]
  | ReadonlyMap<string, ExprValue>;

export type ExprType = 'nil' | 'bool' | 'int' | 'float' | 'string' | 'array' | 'map';

export function typeOf(value: ExprValue): ExprType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    default:
      if (value === null) return 'nil';
      return isExprList(value) ? 'array' : 'map';
  }
}

/** `Array.isArray` for a list that is read only. */
export function isExprList(value: ExprValue): value is readonly ExprValue[] {
  return Array.isArray(value);
}

export function isExprMap(value: ExprValue): value is ReadonlyMap<string, ExprValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isNumber(value: ExprValue): value is bigint | number {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether two values are the same; an int is the same as a float of its number. Lists may nest to any depth. */
export function areEqual(left: ExprValue, right: ExprValue): boolean {
  const waiting: ExprValue[] = [left, right];
  while (waiting.length > 0) {
    const b = waiting.pop() as ExprValue;
    const a = waiting.pop() as ExprValue;
    if (a === b) continue;
    if (isNumber(a) && isNumber(b)) {
      if (Number(a) !== Number(b) || (typeof a === 'bigint' && typeof b === 'bigint')) return false;
    } else if (isExprList(a) && isExprList(b)) {
      if (a.length !== b.length) return false;
      for (let i = 0; i < a.length; i++) waiting.push(a[i] as ExprValue, b[i] as ExprValue);
    } else if (isExprMap(a) && isExprMap(b)) {
      if (a.size !== b.size) return false;
      for (const [key, value] of a) {
        const other = b.get(key);
        if (other === undefined) return false;
        waiting.push(value, other);
      }
    } else return false;
  }
  return true;
}

/** The order of texts by their UTF-8 bytes. */
export function compareTexts(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const [a, b] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (a === b) continue;
    // Halves of a pair stand for characters behind all others.
    const [aHigh, bHigh] = [isHalf(a), isHalf(b)];
    return aHigh === bHigh ? a - b : aHigh ? 1 : -1;
  }
  return left.length - right.length;
}

function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
