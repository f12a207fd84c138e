import { editor, type Editor } from '../../function.js';
import { any, target } from '../../parameters.js';
import { Duration, Opaque, SpanId, Time, TraceId, TypedList, type Value } from '../../value.js';

const set: Editor = editor('set', { target: target(), value: any() }, ({ target: path, value }) => {
  if (value.constant !== undefined) {
    const constant = value.constant.value;
    return (scene) => path.set(scene, constant);
  }
  return (scene) => path.set(scene, value.get(scene));
});

/** Gives a path the empty value of the type that it has. */
const clear: Editor = editor('clear', { target: target() }, ({ target: path }) => {
  return (scene) => path.set(scene, emptyOf(path.get(scene)));
});

/** The first moment of Go's calendar, which is its empty time, in nanoseconds since 1970. */
const firstMoment = -62_135_596_800_000_000_000n;

function emptyOf(value: Value): Value {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
      return '';
    case 'bigint':
      return 0n;
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
  }
  if (value instanceof Uint8Array) return new Uint8Array();
  if (value instanceof Map) return new Map();
  if (value instanceof TypedList) return new TypedList(value.element, []);
  if (value instanceof Time) return new Time(firstMoment);
  if (value instanceof Duration) return new Duration(0n);
  if (value instanceof TraceId) return new TraceId(new Uint8Array(16));
  if (value instanceof SpanId) return new SpanId(new Uint8Array(8));
  if (value instanceof Opaque) return new Opaque(value.type, 0, new Uint8Array());
  return [];
}

export const valueEditors: readonly Editor[] = [set, clear];
