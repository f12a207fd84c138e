import type { ValueType } from '../../../otlp/view/value.js';
import { converter, type Converter } from '../../function.js';
import { any } from '../../parameters.js';
import { StatementError } from '../../ottl-error.js';
import { TypedList, typeName, type Value } from '../../value.js';

const isString: Converter = isType('IsString', 'string', 'string', (value) => typeof value === 'string');
const isBool: Converter = isType('IsBool', 'bool', 'bool', (value) => typeof value === 'boolean');
const isInt: Converter = isType('IsInt', 'int', 'int64', (value) => typeof value === 'bigint');
const isDouble: Converter = isType('IsDouble', 'double', 'float64', (value) => typeof value === 'number');
const isMap: Converter = isType('IsMap', 'map', 'pcommon.Map', (value) => value instanceof Map);

/** Asks for any list; a constant that is none is no mistake, as upstream. */
const isList: Converter = converter('IsList', { target: any() }, ({ target }) => {
  const { path } = target;
  return (scene) => {
    const view = path?.view?.(scene);
    return view !== undefined ? view.type === 'array' : isListValue(target.get(scene));
  };
});

function isListValue(value: Value): boolean {
  return Array.isArray(value) || value instanceof TypedList;
}

/** Whether a value is of a type; that of a constant is known, so that another one is a mistake. */
function isType(name: string, viewType: ValueType, expected: string, is: (value: Value) => boolean): Converter {
  return converter(name, { target: any() }, ({ target }) => {
    const { constant, path } = target;
    if (constant !== undefined) {
      if (constant.value !== undefined && !is(constant.value))
        throw new StatementError(`expected ${expected} but got ${typeName(constant.value)}`);
      const result = is(constant.value);
      return () => result;
    }
    return (scene) => {
      const view = path?.view?.(scene);
      return view !== undefined ? view.type === viewType : is(target.get(scene));
    };
  });
}

export const typeTests: readonly Converter[] = [isString, isBool, isInt, isDouble, isMap, isList];
