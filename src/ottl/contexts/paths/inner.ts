import { fieldOf, type FieldName, type MessageName } from '../../../otlp/fields.js';
import { Layout } from '../../../otlp/view/layout.js';
import { MessageFields } from '../../../otlp/view/message-fields.js';
import { Range } from '../../../otlp/view/range.js';
import type { Scene } from '../../scene.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { expectInt, expectText } from './expected.js';
import { fieldIn, fieldToSet, type FieldChoice } from './field-choice.js';
import { countsFrom, readCounts } from './number-lists.js';
import { readSmall } from './numbers.js';

// Paths to fields of a small message in the one where the path begins, such as the status of a span.

/** An integer of at most 32 bits. */
export function intIn<Of extends MessageName>(choice: FieldChoice, of: Of, name: FieldName<Of>): PathStep {
  const inner = fieldOf(of, name);
  return {
    access: ({ text, place }) => {
      const fields = new MessageFields(new Layout(of));
      const read = (scene: Scene): number | undefined => {
        const field = fieldIn(choice, at(scene));
        if (field === undefined) return undefined;
        at(scene).fields(place).message(field.number, fields);
        return readSmall(fields, inner);
      };
      return {
        text,
        get: (scene) => {
          const number = read(scene);
          return number === undefined ? undefined : BigInt(number);
        },
        set: (scene, value) => {
          const number = expectInt(value);
          at(scene)
            .editor(place)
            .setNumberIn(fieldToSet(choice, at(scene)), inner, number);
        },
        ...(choice.length === 1 ? { integer: (scene) => read(scene) ?? 0 } : undefined),
      };
    },
  };
}

export function textIn<Of extends MessageName>(
  [field]: Extract<FieldChoice, readonly [unknown]>,
  of: Of,
  name: FieldName<Of>,
): PathStep {
  const inner = fieldOf(of, name);
  return {
    access: ({ text, place }) => {
      const fields = new MessageFields(new Layout(of));
      const range = new Range();
      const read = (scene: Scene): Range => {
        at(scene).fields(place).message(field.number, fields);
        return fields.range(inner.number, range);
      };
      return {
        text,
        range: read,
        get: (scene) => read(scene).toString(),
        set: (scene, value) => at(scene).editor(place).setTextIn(field, inner, expectText(value)),
      };
    },
  };
}

/** A list of counts. */
export function countsIn<Of extends MessageName>(choice: FieldChoice, of: Of, name: FieldName<Of>): PathStep {
  const inner = fieldOf(of, name);
  return {
    access: ({ text, place }) => {
      const fields = new MessageFields(new Layout(of));
      return {
        text,
        get: (scene) => {
          const field = fieldIn(choice, at(scene));
          if (field === undefined) return undefined;
          at(scene).fields(place).message(field.number, fields);
          return readCounts(fields, inner);
        },
        set: (scene, value) => {
          const counts = countsFrom(value);
          at(scene)
            .editor(place)
            .setNumbersIn(fieldToSet(choice, at(scene)), inner, counts);
        },
      };
    },
  };
}
