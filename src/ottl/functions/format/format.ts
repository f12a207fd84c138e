import { converter, type Converter } from '../../function.js';
import { any, list, literalString } from '../../parameters.js';
import { sprintf } from './sprintf.js';

const format: Converter = converter(
  'Format',
  { format: literalString(), vals: list(any()) },
  ({ format: text, vals }) => {
    return (scene) =>
      sprintf(
        text,
        vals.map((value) => value.get(scene)),
      );
  },
);

export const formatConverters: readonly Converter[] = [format];
