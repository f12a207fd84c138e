import { PatternError } from '../../../pattern/pattern.js';
import { converter, type Converter } from '../../function.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { list, literalBool, literalString, optional, string } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { invalidPattern, withPattern } from '../pattern-argument.js';
import { Grok } from './grok.js';

const noGroups = 'at least 1 named capture group must be supplied in the given regex';
/** Of a pattern that comes from the data. */
const longestFromData = 1024;

/** The fields that a pattern of grok finds in a text. */
const extractGrokPatterns: Converter = converter(
  'ExtractGrokPatterns',
  {
    target: string(),
    pattern: string(),
    named_captures_only: optional(literalBool()),
    pattern_definitions: optional(list(literalString())),
  },
  ({ target, pattern: source, named_captures_only: namedOnly = false, pattern_definitions: given = [] }) => {
    const own = new Map(given.map(definitionOf));
    const compile = (text: string, Failure: new (message: string) => Error): Grok => {
      try {
        const grok = new Grok(text, namedOnly, own);
        if (namedOnly && !grok.hasFields) throw new Failure(noGroups);
        return grok;
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        throw new Failure(invalidPattern('ExtractGrokPatterns', text, error.message));
      }
    };
    if (source.constant !== undefined) {
      const grok = compile(source.constant.value, StatementError);
      return (scene) => fieldsOf(grok, target.get(scene));
    }
    return (scene) => {
      const text = source.get(scene);
      if (text.length > longestFromData)
        throw new OttlError(`the pattern supplied to ExtractGrokPatterns is longer than ${longestFromData} characters`);
      return fieldsOf(compile(text, OttlError), target.get(scene));
    };
  },
);

function fieldsOf(grok: Grok, text: string): ReturnType<Grok['fields']> {
  return withPattern(() => grok.fields(text));
}

/** `NAME=pattern`. */
function definitionOf(definition: string, place: number): readonly [string, string] {
  const equals = definition.indexOf('=');
  if (equals < 0) {
    const shown = definition.length > 20 ? `${definition.slice(0, 17)}...` : definition;
    throw new StatementError(
      `pattern ${goQuoted(shown)} supplied to ExtractGrokPatterns at index ${place} has incorrect format, expecting ` +
        'PATTERNNAME=pattern definition',
    );
  }
  const name = definition.slice(0, equals);
  if (name.includes(':')) throw new StatementError(`pattern ID ${goQuoted(name)} should not contain ':'`);
  return [name, definition.slice(equals + 1)];
}

export const grokConverters: readonly Converter[] = [extractGrokPatterns];
