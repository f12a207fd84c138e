import { converter, type Converter } from '../../function.js';
import { list, literalString, optional } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';
import { storedTypeName } from '../../stored-value.js';
import type { MapValue, Value } from '../../value.js';
import { plainSlice } from './list-argument.js';

/**
 * A list as a map, by a text in each element or by the place, of the elements or of a value in each. As upstream the
 * key of place 0 is ''.
 */
const sliceToMap: Converter = converter(
  'SliceToMap',
  { target: plainSlice(), key_path: optional(list(literalString())), value_path: optional(list(literalString())) },
  ({ target, key_path: keyPath, value_path: valuePath }) =>
    (scene) => {
      const result = new Map<string, Value>();
      for (const [place, element] of target.get(scene).entries()) {
        if (keyPath === undefined && valuePath === undefined) {
          result.set(place === 0 ? '' : String(place), element);
          continue;
        }
        const map = asMap(element);
        const key = keyPath === undefined ? (place === 0 ? '' : String(place)) : keyOf(map, keyPath, place);
        result.set(key, valuePath === undefined ? map : valueAt(map, valuePath, 'value', place));
      }
      return result;
    },
);

function asMap(element: Value): MapValue {
  if (element instanceof Map) return element;
  throw new OttlError(
    'slice elements must be maps when using `key_path` or `value_path`, but could not cast element of type ' +
      `\`${storedTypeName(element)}\` to a map`,
  );
}

function keyOf(map: MapValue, path: readonly string[], place: number): string {
  const key = valueAt(map, path, 'key', place);
  if (typeof key === 'string') return key;
  throw new OttlError(`element ${place}: extracted key attribute is not of type string, got "${storedTypeName(key)}"`);
}

function valueAt(map: MapValue, path: readonly string[], part: 'key' | 'value', place: number): Value {
  let value: Value = map;
  for (const [depth, name] of path.entries()) {
    if (!(value instanceof Map) || !value.has(name))
      throw new OttlError(
        `could not extract ${part} from element ${place}: provided object does not contain the path ` +
          `[${path.slice(depth).join(' ')}]`,
      );
    value = value.get(name) as Value;
  }
  return value;
}

export const sliceConverters: readonly Converter[] = [sliceToMap];
