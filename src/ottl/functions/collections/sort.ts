import { converter, type Converter } from '../../function.js';
import { any, literalString, optional } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { compareText } from '../../text-order.js';
import { TypedList, typeName, type Value } from '../../value.js';
import { attributeText } from '../attribute-text.js';

/** A list in order: numbers among themselves as such, mixed values by their texts. Lists of others stay as they are. */
const sort: Converter = converter(
  'Sort',
  { target: any(), order: optional(literalString()) },
  ({ target, order = 'asc' }) => {
    if (order !== 'asc' && order !== 'desc')
      throw new StatementError(`invalid arguments: ${order}. Order should be either "asc" or "desc"`);
    const sign = order === 'asc' ? 1 : -1;
    return (scene) => {
      const value = target.get(scene);
      if (value instanceof TypedList) return new TypedList(value.element, sorted(value.values, sign));
      if (Array.isArray(value)) return sorted(value as readonly Value[], sign);
      const type = value === undefined ? '<nil>' : typeName(value);
      throw new OttlError(`sort with unsupported type: '${type}'. Target is not a list`);
    };
  },
);

function sorted(values: readonly Value[], sign: number): readonly Value[] {
  if (values.every(isNumber)) return values.toSorted((a, b) => sign * numberDifference(a, b));
  if (!values.every(hasText)) return values;
  const texts = values.map((value) => ({ value, text: attributeText(value) }));
  return texts.toSorted((a, b) => sign * compareText(a.text, b.text)).map(({ value }) => value);
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

function hasText(value: Value): boolean {
  return isNumber(value) || typeof value === 'string' || typeof value === 'boolean' || value === undefined;
}

/** NaN comes first, as in Go. */
function numberDifference(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

export const sortConverters: readonly Converter[] = [sort];
