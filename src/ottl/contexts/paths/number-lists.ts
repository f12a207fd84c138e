import type { Field } from '../../../otlp/fields.js';
import type { MessageFields } from '../../../otlp/view/message-fields.js';
import { DoubleList, Fixed64List, Int32List, Varint64List } from '../../../otlp/view/scalar-list.js';
import { OttlError } from '../../ottl-error.js';
import { TypedList, typeName, type Value } from '../../value.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { fieldIn, fieldToSet, type FieldChoice } from './field-choice.js';

const fixedCounts = new Fixed64List();
const varintCounts = new Varint64List();
const doubles = new DoubleList();
const indices = new Int32List();

/** A list of counts of 64 bits. */
export function countsPath(choice: FieldChoice): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field = fieldIn(choice, at(scene));
        return field && readCounts(at(scene).fields(place), field);
      },
      set: (scene, value) => {
        const to = countsFrom(value);
        at(scene)
          .editor(place)
          .setNumbers(fieldToSet(choice, at(scene)), to);
      },
    }),
  };
}

/** A list of floats. */
export function floatsPath(choice: FieldChoice): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field = fieldIn(choice, at(scene));
        if (field === undefined) return undefined;
        const values: number[] = [];
        for (doubles.begin(at(scene).fields(place), field.number); doubles.next();) values.push(doubles.value);
        return new TypedList('float64', values);
      },
      set: (scene, value) => {
        const to = floatsFrom(value);
        at(scene)
          .editor(place)
          .setNumbers(fieldToSet(choice, at(scene)), to);
      },
    }),
  };
}

/** A list of integers of 32 bits. */
export function integersPath([field]: readonly [Field]): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const values: bigint[] = [];
        for (indices.begin(at(scene).fields(place), field.number); indices.next();) values.push(BigInt(indices.value));
        return new TypedList('int64', values);
      },
      set: (scene, value) => at(scene).editor(place).setNumbers(field, integersFrom(value, 'int32')),
    }),
  };
}

export function readCounts(fields: MessageFields, field: Field): TypedList {
  const list = field.type === 'fixed64' ? fixedCounts : varintCounts;
  const values: bigint[] = [];
  for (list.begin(fields, field.number); list.next();) values.push(list.value.toBigInt());
  return new TypedList('uint64', values);
}

/** The counts of a value; negative ones wrap. Throws an `OttlError` for anything but a list of integers, or nil. */
export function countsFrom(value: Value): readonly bigint[] {
  return integersFrom(value, 'uint64');
}

function integersFrom(value: Value, type: string): readonly bigint[] {
  if (value === undefined) return [];
  if (value instanceof TypedList) {
    if (value.element === 'uint64' || value.element === 'int64') return value.values as readonly bigint[];
  } else if (Array.isArray(value)) {
    for (const element of value as readonly Value[])
      if (typeof element !== 'bigint') {
        const got = typeName(element);
        throw new OttlError(`invalid value type provided for a slice of ${type}: ${got}, expected int64`);
      }
    return value as readonly bigint[];
  }
  throw new OttlError(`cannot set a slice of ${type} from a value type: ${typeName(value)}`);
}

function floatsFrom(value: Value): readonly number[] {
  if (value === undefined) return [];
  if (value instanceof TypedList) {
    if (value.element === 'float64') return value.values as readonly number[];
  } else if (Array.isArray(value)) {
    for (const element of value as readonly Value[])
      if (typeof element !== 'number')
        throw new OttlError(`invalid value type provided for a slice of float64: ${typeName(element)}`);
    return value as readonly number[];
  }
  throw new OttlError(`invalid type provided for setting a slice of float64: ${typeName(value)}`);
}
