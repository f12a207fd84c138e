import { Duration, Opaque, SpanId, Time, TraceId, TypedList, type MapValue, type Value } from '../value.js';

/** Whether two values are the same, of the same type at every depth: `{"a": 1}` is not `{"a": 1.0}`. No recursion. */
export function deepEqual(a: Value, b: Value): boolean {
  const open: [Value, Value][] = [[a, b]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair;
    if (isList(left)) {
      if (!isList(right) || left.length !== right.length) return false;
      for (const [i, element] of left.entries()) open.push([element, right[i]]);
    } else if (left instanceof Map) {
      if (!(right instanceof Map) || !sameKeys(left, right, open)) return false;
    } else if (!sameScalar(left, right)) return false;
  }
  return true;
}

function sameKeys(left: MapValue, right: MapValue, open: [Value, Value][]): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key)) return false;
    open.push([value, right.get(key)]);
  }
  return true;
}

function sameScalar(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  if (a instanceof Time) return b instanceof Time && a.nanoseconds === b.nanoseconds;
  if (a instanceof Duration) return b instanceof Duration && a.nanoseconds === b.nanoseconds;
  if (a instanceof TraceId) return b instanceof TraceId && sameBytes(a.bytes, b.bytes);
  if (a instanceof SpanId) return b instanceof SpanId && sameBytes(a.bytes, b.bytes);
  if (a instanceof Opaque) return b instanceof Opaque && a.type === b.type && sameBytes(a.bytes, b.bytes);
  if (!(a instanceof TypedList && b instanceof TypedList)) return false;
  if (a.element !== b.element || a.values.length !== b.values.length) return false;
  // Its elements are scalars, so that this goes one level deep.
  return a.values.every((value, i) => sameScalar(value, b.values[i]));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
