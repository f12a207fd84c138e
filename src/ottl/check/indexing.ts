import { OttlError } from '../ottl-error.js';
import { TypedList, typeName, type Value } from '../value.js';

/** The part of a converter's result that a key behind it means. Throws an `OttlError` where there is none. */
export function indexed(value: Value, key: Value): Value {
  if (typeof key === 'string') {
    if (!(value instanceof Map)) throw new OttlError(`type, ${goType(value)}, does not support string indexing`);
    if (!value.has(key)) throw new OttlError('key not found in map');
    return value.get(key);
  }
  if (typeof key !== 'bigint') throw new OttlError(`a key must be string or int64, got ${goType(key)}`);
  if (value instanceof Uint8Array) {
    const byte = value[place(key, value.length)];
    return byte === undefined ? undefined : BigInt(byte);
  }
  const list = value instanceof TypedList ? value.values : value;
  if (!Array.isArray(list)) throw new OttlError(`type, ${goType(value)}, does not support int indexing`);
  return (list as readonly Value[])[place(key, list.length)];
}

function place(key: bigint, length: number): number {
  if (key < 0n || key >= length) throw new OttlError(`index ${key} out of bounds`);
  return Number(key);
}

function goType(value: Value): string {
  return value === undefined ? '<nil>' : typeName(value);
}
