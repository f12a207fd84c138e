import { converter, type Converter } from '../../function.js';
import { literalBool, literalString, int, optional, string } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';
import { TypedList } from '../../value.js';
import { boundaryBefore, boundaryBehind } from '../utf8.js';

/** Parts of a text between delimiters; with an empty delimiter its characters. */
const split: Converter = converter(
  'Split',
  { target: string(), delimiter: literalString() },
  ({ target, delimiter }) =>
    (scene) => {
      const text = target.get(scene);
      return new TypedList('string', delimiter === '' ? [...text] : text.split(delimiter));
    },
);

/** Part of a text, in bytes. */
const substring: Converter = converter(
  'Substring',
  { target: string(), start: int(), length: int(), utf8_safe: optional(literalBool()) },
  ({ target, start: startAt, length: size, utf8_safe: isSafe = false }) =>
    (scene) => {
      const start = startAt.get(scene);
      if (start < 0n) throw new OttlError(`invalid start for substring function, ${start} cannot be negative`);
      const length = size.get(scene);
      if (length <= 0n)
        throw new OttlError(`invalid length for substring function, ${length} cannot be negative or zero`);
      const bytes = Buffer.from(target.get(scene));
      if (start + length > bytes.length)
        throw new OttlError(
          `invalid range for substring function, start(${start})+length(${length}) cannot be greater than the ` +
            `length of target string(${bytes.length})`,
        );
      const end = Number(start + length);
      if (!isSafe) return bytes.subarray(Number(start), end).toString();
      return bytes.subarray(boundaryBehind(bytes, Number(start)), boundaryBefore(bytes, end)).toString();
    },
);

export const partConverters: readonly Converter[] = [split, substring];
