import { converter, type Converter } from '../../function.js';
import { asString, string } from '../../parameters.js';
import { patternArgument } from '../pattern-argument.js';
import { rangeReader } from '../text-range.js';

/** Whether a pattern matches in a text, or in the text of another value; not in nil. */
const isMatch: Converter = converter(
  'IsMatch',
  { target: asString(), pattern: string() },
  ({ target, pattern: source }) => {
    const patternAt = patternArgument('IsMatch', source);
    const rangeAt = rangeReader(target);
    return (scene) => {
      const pattern = patternAt(scene);
      const range = rangeAt?.(scene);
      if (range !== undefined) return pattern.testBytes(range.bytes, range.start, range.end);
      const text = target.get(scene);
      return text !== undefined && pattern.test(text);
    };
  },
);

export const matchConverters: readonly Converter[] = [isMatch];
