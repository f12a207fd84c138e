import type { Field } from '../../../otlp/fields.js';
import { Range } from '../../../otlp/view/range.js';
import type { Scene } from '../../scene.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { expectText, refuseValue } from './expected.js';

/** A text, '' when it was not sent. */
export function textPath([field]: readonly [Field]): Required<Pick<PathStep, 'access'>> {
  return {
    access: ({ text, place }) => {
      const range = new Range();
      const read = (scene: Scene): Range => at(scene).range(place, field, range);
      return {
        text,
        range: read,
        get: (scene) => read(scene).toString(),
        set: (scene, value) => at(scene).editor(place).setText(field, expectText(value)),
      };
    },
  };
}

/** Bytes, none when they were not sent. */
export function bytesPath([field]: readonly [Field]): PathStep {
  return {
    access: ({ text, place }) => {
      const range = new Range();
      return {
        text,
        get: (scene) => at(scene).fields(place).range(field.number, range).copy(),
        set: (scene, value) =>
          at(scene)
            .editor(place)
            .setBytes(field, value instanceof Uint8Array ? value : refuseValue('[]uint8', value)),
      };
    },
  };
}
