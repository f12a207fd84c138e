import { ExprError } from './expr-error.js';
import { isExprList, isExprMap, typeOf, type ExprValue } from './value.js';

/** The value at a key of a map, nil for none, or at a place of a list, from its end on when it is negative. */
export function memberOf(object: ExprValue, key: ExprValue, at: number): ExprValue {
  if (isExprMap(object)) {
    if (typeof key === 'string') return object.get(key) ?? null;
    throw new ExprError(`a key is a string, not ${typeOf(key)}`, at);
  }
  if (!isExprList(object)) throw new ExprError(`cannot read ${shown(key)} of ${typeOf(object)}`, at);
  const place = Number(typeof key === 'bigint' || typeof key === 'number' ? key : Number.NaN);
  const element = object[place < 0 ? object.length + Math.trunc(place) : Math.trunc(place)];
  if (element === undefined) throw new ExprError(`an array of ${object.length} has no element ${shown(key)}`, at);
  return element;
}

/** A part of a list, or the bytes of a text; nil is its beginning or end. */
export function sliced(object: ExprValue, from: ExprValue, to: ExprValue, at: number): ExprValue {
  if (!isExprList(object) && typeof object !== 'string')
    throw new ExprError(`cannot take a part of ${typeOf(object)}`, at);
  if (!isPlace(from) || !isPlace(to)) throw new ExprError('an int expected', at);
  if (isExprList(object)) {
    const [start, end] = bounds(object.length, from, to);
    return object.slice(start, end);
  }
  const bytes = Buffer.from(object);
  const [start, end] = bounds(bytes.length, from, to);
  return bytes.toString('utf8', start, end);
}

function bounds(length: number, from: bigint | null, to: bigint | null): readonly [start: number, end: number] {
  const place = (given: bigint): number =>
    Math.min(Math.max(given < 0n ? length + Number(given) : Number(given), 0), length);
  const start = place(from ?? 0n);
  return [start, Math.max(start, place(to ?? BigInt(length)))];
}

function isPlace(value: ExprValue): value is bigint | null {
  return value === null || typeof value === 'bigint';
}

function shown(key: ExprValue): string {
  return typeof key === 'string'
    ? JSON.stringify(key.slice(0, 100))
    : typeof key === 'object'
      ? typeOf(key)
      : String(key);
}
