import { Double, type AttributeValue } from '../otlp/build/any-value.js';
import { OttlError } from './ottl-error.js';
import { TypedList, typeName, type MapValue, type Value } from './value.js';

type Plain = undefined | boolean | bigint | number | string | Uint8Array;
type Converted<T> = T | readonly Converted<T>[] | ReadonlyMap<string, Converted<T>>;

/** A value as an attribute, a body or a cache holds it: a list has no type of elements, and there are no times. */
export type StoredValue = Converted<Plain>;

/**
 * The value as it is stored; a list or a map is a copy. Throws an `OttlError` for one that cannot be stored. `current`:
 * what stands in its place.
 */
export function storedValue(value: Value, current: Value): StoredValue {
  return converted(value, (plain) => plain, current);
}

/** The value as it is encoded. Throws as `storedValue` does. */
export function encodedValue(value: Value, current: () => Value): AttributeValue {
  if (isPlain(value)) return plainAttribute(value);
  return converted(value, plainAttribute, isStorable(value) ? undefined : current());
}

/** The entries of a map as they are encoded. Throws an `OttlError` when it is no map, or cannot be stored. */
export function encodedMap(value: Value): ReadonlyMap<string, AttributeValue> {
  return converted(mapOf(value), plainAttribute, undefined) as ReadonlyMap<string, AttributeValue>;
}

/** The value when it is a map, and an empty one for nil. */
export function mapOf(value: Value): MapValue {
  if (value === undefined) return new Map();
  if (value instanceof Map) return value;
  throw new OttlError(`unsupported type provided for setting a pcommon.Map: ${typeName(value)}`);
}

/** The type of a stored value, as the Collector writes it in some of its messages: `Str`. */
export function storedTypeName(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'Empty';
    case 'boolean':
      return 'Bool';
    case 'bigint':
      return 'Int';
    case 'number':
      return 'Double';
    case 'string':
      return 'Str';
    default:
      return value instanceof Uint8Array ? 'Bytes' : value instanceof Map ? 'Map' : 'Slice';
  }
}

/** The elements of a list of either kind; undefined for everything else. */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof TypedList) return value.element === 'uint64' ? undefined : value.values;
  return Array.isArray(value) ? value : undefined;
}

interface Level<T> {
  readonly rest: Iterator<Value> | Iterator<readonly [string, Value]>;
  readonly target: Converted<T>[] | Map<string, Converted<T>>;
}

/** Without recursion: a value may nest as deep as a request is long. */
function converted<T>(value: Value, plain: (value: Plain) => T, current: Value): Converted<T> {
  const levels: Level<T>[] = [];
  const enter = (entered: Value): Converted<T> => {
    if (isPlain(entered)) return plain(entered);
    const elements = elementsOf(entered);
    const target: Level<T>['target'] = elements ? [] : new Map<string, Converted<T>>();
    if (elements) levels.push({ rest: elements.values(), target });
    else if (entered instanceof Map) levels.push({ rest: entered.entries(), target });
    else unsupported(entered, levels.length === 0 ? current : undefined);
    return target;
  };
  const root = enter(value);
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { rest, target } = level;
    const next = rest.next();
    if (next.done === true) levels.pop();
    else if (target instanceof Map) {
      const [key, member] = next.value as readonly [string, Value];
      target.set(key, enter(member));
    } else target.push(enter(next.value as Value));
  }
  return root;
}

function isPlain(value: Value): value is Plain {
  return typeof value !== 'object' || value instanceof Uint8Array;
}

function isStorable(value: Value): boolean {
  return value instanceof Map || elementsOf(value) !== undefined;
}

function plainAttribute(value: Plain): AttributeValue {
  if (value === undefined) return null;
  return typeof value === 'number' ? new Double(value) : value;
}

function unsupported(value: Value, current: Value): never {
  throw new OttlError(
    `unsupported type ${typeName(value)} for set operation; current value type is ${storedTypeName(current)}`,
  );
}
