import { globPattern } from '../../pattern/glob.js';
import { pattern, PatternError, type Pattern } from '../../pattern/pattern.js';
import type { Expression } from '../expression.js';
import { goQuoted } from '../../strconv/quoted.js';
import { OttlError, StatementError } from '../ottl-error.js';
import type { Scene } from '../scene.js';

/** Of a pattern that comes from the data, in UTF-16 units: compiling one takes more time and memory than its length. */
const longestFromData = 1024;

/**
 * The pattern of a call, compiled once where it is constant. Throws a `StatementError` for a constant that is no
 * pattern; the result throws an `OttlError` for another one.
 */
export function patternArgument(
  name: string,
  source: Expression<string>,
  read: (source: string) => Pattern = pattern,
): (scene: Scene) => Pattern {
  if (source.constant !== undefined) {
    const compiled = compile(name, source.constant.value, read, StatementError);
    return () => compiled;
  }
  return (scene) => {
    const text = sourceAt(name, source, scene);
    if (text.length > longestFromData)
      throw new OttlError(`the pattern supplied to ${name} is longer than ${longestFromData} characters`);
    return compile(name, text, read, OttlError);
  };
}

/** A glob of a call, as a pattern. */
export function globArgument(name: string, source: Expression<string>): (scene: Scene) => Pattern {
  return patternArgument(name, source, (glob) => pattern(globPattern(glob)));
}

/** Runs what may give up a text; its failure is that of the statement. */
export function withPattern<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof PatternError ? new OttlError(error.message) : error;
  }
}

function compile(
  name: string,
  source: string,
  read: (source: string) => Pattern,
  Failure: new (message: string) => Error,
): Pattern {
  try {
    return read(source);
  } catch (error) {
    throw error instanceof PatternError ? new Failure(invalidPattern(name, source, error.message)) : error;
  }
}

function sourceAt(name: string, source: Expression<string>, scene: Scene): string {
  try {
    return source.get(scene);
  } catch (error) {
    throw error instanceof OttlError ? new OttlError(invalidPattern(name, '', error.message)) : error;
  }
}

export function invalidPattern(name: string, source: string, reason: string): string {
  return `the regex pattern supplied to ${name} '${goQuoted(source)}' is not a valid pattern: ${reason}`;
}
