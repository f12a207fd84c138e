import { converter, withNumeric, type Converter } from '../../function.js';
import { any } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import { Duration, Opaque, SpanId, Time, TraceId, TypedList, typeName, type Value } from '../../value.js';
import { rangeReader } from '../text-range.js';

/** Bytes of a text, elements of a list, entries of a map. */
const len: Converter = converter('Len', { target: any() }, ({ target }) => {
  const rangeAt = rangeReader(target);
  const length = (scene: Scene): number => rangeAt?.(scene)?.length ?? lengthOf(target.get(scene));
  return withNumeric(
    (scene) => BigInt(length(scene)),
    (scene, to) => to.setWhole(length(scene)),
  );
});

/** Whether a value is nil or the empty one of its type. */
const isEmpty: Converter = converter('IsEmpty', { target: any() }, ({ target }) => {
  const rangeAt = rangeReader(target);
  return (scene) => {
    const range = rangeAt?.(scene);
    return range === undefined ? isEmptyValue(target.get(scene)) : range.length === 0;
  };
});

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Map) return value.size;
  if (value instanceof TypedList) return value.values.length;
  if (Array.isArray(value) || value instanceof Uint8Array || value instanceof Opaque) return value.length;
  const type = value === undefined ? '<nil>' : typeName(value);
  throw new OttlError(
    `Len: unsupported target type ${type}. target arg must be of type string, []any, map[string]any, pcommon.Map, ` +
      'pcommon.Slice, pcommon.Value (of type String, Map, Slice) or a supported slice type from the plog, pmetric or ' +
      'ptrace packages',
  );
}

function isEmptyValue(value: Value): boolean {
  switch (typeof value) {
    case 'undefined':
      return true;
    case 'boolean':
      return !value;
    case 'bigint':
      return value === 0n;
    case 'number':
      return Object.is(value, 0);
    case 'string':
      return value === '';
    default:
  }
  if (value instanceof Time || value instanceof Duration) return value.nanoseconds === 0n;
  if (value instanceof TraceId || value instanceof SpanId) return value.bytes.every((byte) => byte === 0);
  return lengthOf(value) === 0;
}

export const sizeConverters: readonly Converter[] = [len, isEmpty];
