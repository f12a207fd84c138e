import { pattern } from './pattern.js';
import { PatternError } from './pattern-error.js';

/** Signs that mean something in a regular expression. */
const special = /[\\^$.|?*+()[\]{}]/;
const ended = 'unexpected end of input';

/**
 * A glob as the Collector's library reads it, as a regular expression for all of a name: `*` any characters, `?` one,
 * `[abc]`, `[a-z]` and `[!a-z]` one of some, `{a,b}` one of several globs, `\` takes the next character as it is.
 * Throws a `PatternError` for one that does not end.
 */
export function globPattern(glob: string): string {
  const reader = new GlobReader(glob);
  return `(?s)^(?:${reader.read()})$`;
}

/** The fault of a glob; undefined when it is good. */
export function globFault(glob: string): string | undefined {
  try {
    pattern(globPattern(glob));
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

class GlobReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(glob: string) {
    this.#characters = [...glob];
  }

  read(): string {
    let pattern = '';
    let depth = 0;
    while (this.#at < this.#characters.length) {
      const character = this.#next();
      if (character === '*') pattern += pattern.endsWith('.*') ? '' : '.*';
      else if (character === '?') pattern += '.';
      else if (character === '\\') pattern += quoted(this.#next());
      else if (character === '[') pattern += this.#class();
      else if (character === '{') {
        pattern += '(?:';
        depth++;
      } else if (character === ',' && depth > 0) pattern += '|';
      else if (character === '}' && depth > 0) {
        pattern += ')';
        depth--;
      } else pattern += quoted(character);
    }
    if (depth > 0) throw new PatternError(ended);
    return pattern;
  }

  /** The content of brackets, behind the first. */
  #class(): string {
    let inside = '';
    let negated = false;
    for (let first = true; ; first = false) {
      const character = this.#next();
      if (first && character === '!') negated = true;
      else if (character === ']') break;
      else if (character === '-' && inside !== '') inside += '-';
      else inside += `\\x{${(character === '\\' ? this.#next() : character).codePointAt(0)?.toString(16)}}`;
    }
    if (inside === '') throw new PatternError('empty character class');
    return `[${negated ? '^' : ''}${inside.replace(/-$/, '\\-')}]`;
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError(ended);
    return character;
  }
}

function quoted(character: string): string {
  return special.test(character) ? `\\${character}` : character;
}
