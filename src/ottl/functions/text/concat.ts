import { converter, type Converter } from '../../function.js';
import { stringLike } from '../../conversions.js';
import { any, string } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';
import { elementsOf } from '../../stored-value.js';
import { typeName, type Value } from '../../value.js';
import { longestText } from '../limits.js';

/** The texts of values with a delimiter between them. */
const concat: Converter = converter(
  'Concat',
  { vals: any(), delimiter: string() },
  ({ vals, delimiter }) =>
    (scene) => {
      const parts = elementsToJoin(vals.get(scene)).map((value) => stringLike(value) ?? '<nil>');
      const between = delimiter.get(scene);
      const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
      if (length > longestText) throw new OttlError(`a text of more than ${longestText} characters`);
      return parts.join(between);
    },
);

function elementsToJoin(value: Value): readonly Value[] {
  const elements = elementsOf(value);
  if (elements === undefined) throw new OttlError(`expected a slice, got ${typeName(value)}`);
  return elements;
}

export const concatConverters: readonly Converter[] = [concat];
