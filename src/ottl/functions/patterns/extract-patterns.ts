import { converter, type Converter } from '../../function.js';
import { string } from '../../parameters.js';
import { OttlError } from '../../ottl-error.js';
import type { Value } from '../../value.js';
import { patternArgument, withPattern } from '../pattern-argument.js';

/** The texts of the named groups of the first match; no entries when there is none. */
const extractPatterns: Converter = converter(
  'ExtractPatterns',
  { target: string(), pattern: string() },
  ({ target, pattern: source }) => {
    const patternAt = patternArgument('ExtractPatterns', source);
    return (scene) => {
      const pattern = patternAt(scene);
      const { groupNames } = pattern;
      if (groupNames.every((name) => name === ''))
        throw new OttlError('at least 1 named capture group must be supplied in the given regex');
      const text = target.get(scene);
      const match = withPattern(() => pattern.find(text));
      const result = new Map<string, Value>();
      if (match === undefined) return result;
      for (const [number, name] of groupNames.entries()) if (name !== '') result.set(name, match.groups[number] ?? '');
      return result;
    };
  },
);

export const extractConverters: readonly Converter[] = [extractPatterns];
