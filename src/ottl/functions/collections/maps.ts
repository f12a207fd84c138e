import { goQuoted } from '../../../strconv/quoted.js';
import { converter, type Converter } from '../../function.js';
import { literalBool, literalString, map, optional } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { compareText } from '../../text-order.js';
import { attributeText } from '../attribute-text.js';
import { longestText } from '../limits.js';

const keys: Converter = converter('Keys', { target: map() }, ({ target }) => (scene) => [...target.get(scene).keys()]);

const values: Converter = converter('Values', { target: map() }, ({ target }) => {
  return (scene) => [...target.get(scene).values()];
});

/** `a=1 b=2`; what has a delimiter in it stands in quotes. */
const toKeyValueString: Converter = converter(
  'ToKeyValueString',
  {
    target: map(),
    delimiter: optional(literalString()),
    pair_delimiter: optional(literalString()),
    sort_output: optional(literalBool()),
  },
  ({ target, delimiter = '=', pair_delimiter: between = ' ', sort_output: isSorted = false }) => {
    if (delimiter === '') throw new StatementError('delimiter cannot be set to an empty string');
    if (between === '') throw new StatementError('pair delimiter cannot be set to an empty string');
    if (delimiter === between)
      throw new StatementError(
        `pair delimiter ${goQuoted(between)} cannot be equal to delimiter ${goQuoted(delimiter)}`,
      );
    const written = (text: string): string => {
      const escaped = text.replaceAll('"', '\\"');
      return escaped.includes(between) || escaped.includes(delimiter) ? `"${escaped}"` : escaped;
    };
    return (scene) => {
      const entries = [...target.get(scene)];
      if (isSorted) entries.sort(([a], [b]) => compareText(a, b));
      let text = '';
      for (const [i, [name, value]] of entries.entries()) {
        text += (i > 0 ? between : '') + written(name) + delimiter + written(attributeText(value));
        if (text.length > longestText) throw new OttlError(`a text of more than ${longestText} characters`);
      }
      return text;
    };
  },
);

export const mapConverters: readonly Converter[] = [keys, values, toKeyValueString];
