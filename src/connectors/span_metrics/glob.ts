import { RE2JS } from 're2js';
import { SeededHash } from '../../otlp/keys/seeded-hash.js';
import { byteAt } from '../../otlp/wire/at.js';

/** Signs that mean something in a regular expression. */
const special = /[\\^$.|?*+()[\]{}]/;
const ended = 'unexpected end of input';

/**
 * A glob as the Collector's library reads it, as a regular expression for all of a name: `*` any characters, `?` one,
 * `[abc]`, `[a-z]` and `[!a-z]` one of some, `{a,b}` one of several globs, `\` takes the next character as it is.
 * Throws for one that does not end.
 */
export function globPattern(glob: string): string {
  const reader = new GlobReader(glob);
  return `(?s)^(?:${reader.read()})$`;
}

/** What is wrong with a glob; undefined when it is good. */
export function globFault(glob: string): string | undefined {
  try {
    RE2JS.compile(globPattern(glob));
    return undefined;
  } catch (error) {
    return (error as Error).message;
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
      if (character === '*') pattern += '.*';
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
    if (depth > 0) throw new Error(ended);
    return pattern;
  }

  /** What stands in brackets, behind the first. */
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
    if (inside === '') throw new Error('empty character class');
    return `[${negated ? '^' : ''}${inside.replace(/-$/, '\\-')}]`;
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new Error(ended);
    return character;
  }
}

function quoted(character: string): string {
  return special.test(character) ? `\\${character}` : character;
}

/** Names that are remembered, and the longest of them. */
const remembered = 1024;
const longestName = 96;

/** Globs, of which one must match a name. What became of recent names is remembered, so that few are matched. */
export class GlobSet {
  readonly #patterns: readonly RE2JS[];
  readonly #hash: SeededHash = new SeededHash();
  /** By place: the name, its length + 1, and whether one matches. */
  readonly #names: Uint8Array = new Uint8Array(remembered * longestName);
  readonly #lengths: Uint8Array = new Uint8Array(remembered);
  readonly #matches: Uint8Array = new Uint8Array(remembered);

  constructor(globs: readonly string[]) {
    this.#patterns = globs.map((glob) => RE2JS.compile(globPattern(glob)));
  }

  /** Whether one of them matches the name `bytes[from, to)`. */
  has(bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (length > longestName) return this.#match(bytes.subarray(from, to));
    const place = this.#hash.of(bytes, from, to) & (remembered - 1);
    const at = place * longestName;
    if (this.#lengths[place] !== length + 1 || !isAt(this.#names, at, bytes, from, length)) {
      this.#matches[place] = this.#match(bytes.subarray(from, to)) ? 1 : 0;
      this.#lengths[place] = length + 1;
      for (let i = 0; i < length; i++) this.#names[at + i] = byteAt(bytes, from + i);
    }
    return this.#matches[place] === 1;
  }

  /** By a matcher, which takes linear time for any text. */
  #match(name: Uint8Array): boolean {
    return this.#patterns.some((pattern) => pattern.matcher(name).find());
  }
}

function isAt(names: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (byteAt(names, at + i) !== byteAt(bytes, from + i)) return false;
  return true;
}
