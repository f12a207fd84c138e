import { compareValues } from '../../check/compare.js';
import { converter, type Converter } from '../../function.js';
import { any, list } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { elementsOf } from '../../stored-value.js';
import { typeName, type Value } from '../../value.js';
import { plainSlice } from './list-argument.js';

/** The first value that is not nil. */
const coalesce: Converter = converter('Coalesce', { values: list(any()) }, ({ values }) => {
  if (values.length === 0) throw new StatementError('Coalesce requires at least one argument');
  return (scene) => {
    for (const expression of values) {
      const value = expression.get(scene);
      if (value !== undefined) return value;
    }
    return undefined;
  };
});

const containsValue: Converter = converter(
  'ContainsValue',
  { target: plainSlice(), item: any() },
  ({ target, item }) =>
    (scene) => {
      const elements = target.get(scene);
      const wanted = item.get(scene);
      return elements.some((element) => compareValues(element, '==', wanted));
    },
);

/** The place of a text in another one, in bytes, or of a value in a list; -1 when it is not there. */
const index: Converter = converter('Index', { source: any(), value: any() }, ({ source, value }) => {
  return (scene) => {
    const text = source.get(scene);
    const wanted = value.get(scene);
    if (typeof text !== 'string')
      return BigInt(elementsToSearch(text).findIndex((element) => compareValues(element, '==', wanted)));
    if (typeof wanted !== 'string') throw new OttlError('when source is string, value must also be string');
    const at = text.indexOf(wanted);
    return BigInt(at < 0 ? -1 : Buffer.byteLength(text.slice(0, at)));
  };
});

function elementsToSearch(value: Value): readonly Value[] {
  const elements = elementsOf(value);
  if (elements === undefined) throw new OttlError(`expected pcommon.Slice but got ${typeName(value)}`);
  return elements;
}

export const searchConverters: readonly Converter[] = [coalesce, containsValue, index];
