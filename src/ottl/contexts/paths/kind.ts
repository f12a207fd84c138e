import type { Field } from '../../../otlp/fields.js';
import { OttlError } from '../../ottl-error.js';
import { at } from '../batch-scene.js';
import type { PathStep } from '../path-table.js';
import { expectText } from './expected.js';
import { intPath, readSmall } from './numbers.js';

const names: readonly string[] = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const oldNames: readonly string[] = names.map((name) => `SPAN_KIND_${name.toUpperCase()}`);

/** The kind of a span as its number and, below it, as its names. */
export function kindPath(field: readonly [Field]): PathStep {
  return {
    ...intPath(field),
    below: {
      string: named(field[0], names, 'unknown span kind string'),
      deprecated_string: named(field[0], oldNames, 'unknown span kind deprecated string'),
    },
  };
}

function named(field: Field, all: readonly string[], failure: string): PathStep {
  return {
    access: ({ text, place }) => ({
      text,
      get: (scene) => all[readSmall(at(scene).fields(place), field)] ?? '',
      set: (scene, value) => {
        const name = expectText(value);
        const number = all.indexOf(name);
        if (number < 0) throw new OttlError(`${failure}, ${name}`);
        at(scene).editor(place).setNumber(field, number);
      },
    }),
  };
}
