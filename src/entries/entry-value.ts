import { RawText } from '../otlp/build/any-value.js';
import { EntryMap } from './entry-map.js';

/**
 * A value of a log entry: null is the empty value, a number a double even where it is whole, a bigint an int64. Bytes
 * that are meant as text and are not UTF-8 are a `RawText`. Lists and maps belong to one entry alone, so that an
 * operator may change them in place.
 */
export type EntryValue = null | boolean | number | bigint | string | Uint8Array | RawText | EntryValue[] | EntryMap;

/** The text of a value that is one. */
export function entryText(value: EntryValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof RawText ? value.toString() : undefined;
}

/** The name that the Collector's messages have for the type of a value. */
export function goTypeOf(value: EntryValue): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return 'float64';
    default:
  }
  if (value === null) return '<nil>';
  if (value instanceof RawText) return 'string';
  if (value instanceof Uint8Array) return '[]uint8';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** A value that shares nothing with the given one that an operator could change. Values may nest to any depth. */
export function copyOfValue(value: EntryValue): EntryValue {
  if (!isNested(value)) return value;
  const whole = emptyLike(value);
  const waiting: { readonly from: Nested; readonly to: Nested }[] = [{ from: value, to: whole }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const { from, to } = part;
    const copied = (each: EntryValue): EntryValue => {
      if (!isNested(each)) return each;
      const empty = emptyLike(each);
      waiting.push({ from: each, to: empty });
      return empty;
    };
    if (from instanceof EntryMap && to instanceof EntryMap) for (const [key, each] of from) to.set(key, copied(each));
    else if (Array.isArray(from) && Array.isArray(to)) for (const each of from) to.push(copied(each));
  }
  return whole;
}

type Nested = EntryValue[] | EntryMap;

function isNested(value: EntryValue): value is Nested {
  return typeof value === 'object' && (value instanceof EntryMap || Array.isArray(value));
}

function emptyLike(value: Nested): Nested {
  return value instanceof EntryMap ? new EntryMap() : [];
}
