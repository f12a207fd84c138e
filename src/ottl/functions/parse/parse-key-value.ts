import { pairsOf } from '../../../formats/key-value-pairs.js';
import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { literalString, optional, string } from '../../parameters.js';
import { goQuoted } from '../../../strconv/quoted.js';

const parameters = {
  target: string(),
  delimiter: optional(literalString()),
  pair_delimiter: optional(literalString()),
};

/** Reads pairs such as `a=1 b="x y"`; of equal keys the last one holds. */
export const parseKeyValue: Converter = converter('ParseKeyValue', parameters, (args) => {
  const delimiter = args.delimiter || '=';
  const pairDelimiter = args.pair_delimiter || ' ';
  if (delimiter === pairDelimiter)
    throw new StatementError(
      `pair_delimiter ${goQuoted(pairDelimiter)} cannot be equal to delimiter ${goQuoted(delimiter)}`,
    );
  return (scene) => {
    const text = args.target.get(scene);
    if (text === '') throw new OttlError('cannot parse from empty target');
    const map = new Map<string, string>();
    const pairs = pairsOf(text, pairDelimiter);
    if (pairs === undefined)
      throw new OttlError(
        `splitting source ${goQuoted(text)} into pairs failed: never reached the end of a quoted value`,
      );
    for (const pair of pairs) {
      const end = pair.indexOf(delimiter);
      if (end === -1) throw new OttlError(`cannot split ${goQuoted(pair)} into 2 items, got 1 item(s)`);
      map.set(pair.slice(0, end).trim(), pair.slice(end + delimiter.length).trim());
    }
    return map;
  };
});
