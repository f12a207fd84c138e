import type { Field } from '../../../otlp/fields.js';
import type { MessageFields } from '../../../otlp/view/message-fields.js';
import { Word64 } from '../../../otlp/view/word64.js';
import { numericKind } from '../../numeric.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { expectFloat, expectInt } from './expected.js';
import { fieldIn, fieldToSet, type FieldChoice } from './field-choice.js';

const word = new Word64();

/** An integer of any width. One that is assigned wraps to the width of the field, as in the Collector. */
export function intPath(choice: FieldChoice): PathStep {
  const [first] = choice;
  const isSmall = choice.length === 1 && first !== undefined && !isWide(first);
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field = fieldIn(choice, at(scene));
        return field && readInt(at(scene).fields(place), field);
      },
      set: (scene, value) => {
        const number = expectInt(value);
        at(scene)
          .editor(place)
          .setNumber(fieldToSet(choice, at(scene)), number);
      },
      ...(isSmall
        ? { integer: (scene) => readSmall(at(scene).fields(place), first) }
        : {
            numeric: (scene, to) => {
              const field = fieldIn(choice, at(scene));
              if (field === undefined) return numericKind.none;
              const fields = at(scene).fields(place);
              if (!isWide(field)) return to.setWhole(readSmall(fields, field));
              const { low, high } = readWide(fields, field);
              return to.setInt(low, high);
            },
          }),
    }),
  };
}

export function doublePath(choice: FieldChoice): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field = fieldIn(choice, at(scene));
        return field && at(scene).fields(place).double(field.number);
      },
      numeric: (scene, to) => {
        const field = fieldIn(choice, at(scene));
        return field ? to.setFloat(at(scene).fields(place).double(field.number)) : numericKind.none;
      },
      set: (scene, value) => {
        const number = expectFloat(value);
        at(scene)
          .editor(place)
          .setNumber(fieldToSet(choice, at(scene)), number);
      },
    }),
  };
}

/** An integer of at most 32 bits as a number. */
export function readSmall(fields: MessageFields, { type, number }: Field): number {
  switch (type) {
    case 'uint32':
      return fields.uint32(number);
    case 'sint32':
      return fields.sint32(number);
    case 'fixed32':
      return fields.fixed32(number);
    default:
      return fields.int32(number);
  }
}

/** Unsigned integers of 64 bits wrap to negative ones, as in the Collector. */
function readInt(fields: MessageFields, field: Field): bigint {
  if (!isWide(field)) return BigInt(readSmall(fields, field));
  return readWide(fields, field).toSignedBigInt();
}

function readWide(fields: MessageFields, { type, number }: Field): Word64 {
  const isFixed = type === 'fixed64' || type === 'sfixed64';
  return isFixed ? fields.fixed64(number, word) : fields.varint64(number, word);
}

function isWide({ type }: Field): boolean {
  return type === 'fixed64' || type === 'sfixed64' || type === 'int64' || type === 'uint64';
}
