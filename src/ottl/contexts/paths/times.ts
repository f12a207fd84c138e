import type { Field } from '../../../otlp/fields.js';
import { Word64 } from '../../../otlp/view/word64.js';
import { Time } from '../../value.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { refuseValue } from './expected.js';
import { fieldIn, fieldToSet, type FieldChoice } from './field-choice.js';

const word = new Word64();

/** A point in time of a field in nanoseconds since 1970. */
export function timePath(choice: FieldChoice): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field: Field | undefined = fieldIn(choice, at(scene));
        return field && new Time(at(scene).fields(place).fixed64(field.number, word).toSignedBigInt());
      },
      set: (scene, value) => {
        if (!(value instanceof Time)) refuseValue('time.Time', value);
        at(scene)
          .editor(place)
          .setNumber(fieldToSet(choice, at(scene)), value.nanoseconds);
      },
    }),
  };
}
