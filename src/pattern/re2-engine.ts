import { RE2JS, RE2JSSyntaxException } from 're2js';
import { CountedText } from './counted-text.js';
import type { Search } from './match.js';
import { PatternError } from './pattern-error.js';

/** Instructions × places of groups, which re2js keeps for each search as 32-bit numbers. */
const mostPlaces = 16_777_216;
/** States that the automaton for `test` keeps: 4 KiB each. */
const mostStates = 2048;
const unanchored = 0;
/** For shorter texts the library has a backtracker with a memory, which is faster. */
const shortText = 4096;

const beyondLatin1 = /[^\0-\u00ff]/;

/** A pattern on re2js, which takes linear time for each search whatever the pattern. */
export class Re2Engine {
  readonly #pattern: RE2JS;
  readonly #groups: number;

  /** `source` has no names of groups; messages show `shown`. Throws a `PatternError`. */
  constructor(source: string, shown: string) {
    this.#pattern = compile(source, shown);
    this.#pattern.re2().dfa.stateLimit = mostStates;
    this.#groups = this.#pattern.groupCount() + 1;
  }

  /** Whether the groups of a match can be asked for: a search keeps places for each of them. */
  get canFindGroups(): boolean {
    return this.#pattern.programSize() * this.#groups * 2 <= mostPlaces;
  }

  test(text: string): boolean {
    // The automaton searches a list for each character beyond Latin-1, in quadratic time for many different ones.
    if (text.length <= shortText || !beyondLatin1.test(text)) return this.#pattern.test(text);
    return this.#places(text, 0, 0, new CountedText(text)) !== undefined;
  }

  /** Where the groups of the leftmost match stand; see `Pattern.findPlaces`. */
  places(text: string): readonly number[] | undefined {
    return this.#places(text, 0, this.#groups, new CountedText(text));
  }

  /** Searches a text from places on, with the groups or for the whole match alone. */
  search(text: string, withGroups: boolean): Search {
    const counted = new CountedText(text);
    const count = withGroups ? this.#groups : 1;
    return (from) => {
      const places = this.#places(text, from, count, counted);
      if (places === undefined) return undefined;
      const groups = Array.from({ length: count }, (_, i) => {
        const start = places[2 * i] ?? -1;
        return start < 0 ? undefined : text.slice(start, places[2 * i + 1]);
      });
      return { start: places[0] ?? 0, end: places[1] ?? 0, groups };
    };
  }

  #places(text: string, from: number, groups: number, counted: CountedText): readonly number[] | undefined {
    const engine = this.#pattern.re2();
    const found: unknown =
      text.length <= shortText
        ? engine.executeEngine(counted, from, unanchored, groups * 2)
        : engine.doExecuteNFA(counted, from, unanchored, groups * 2);
    return found === null ? undefined : (found as readonly number[]);
  }
}

function compile(source: string, shown: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new PatternError(messageOf(source === shown ? error : (failureOf(shown) ?? error), shown));
  }
}

/** Why the pattern as it was written fails: its names belong into the message. */
function failureOf(shown: string): unknown {
  try {
    RE2JS.compile(shown);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The limits of which Go says that the whole pattern breaks them. */
const limits: ReadonlySet<string> = new Set(['expression nests too deeply', 'expression too large']);

/** In Go's words, which always show a part of the pattern. */
function messageOf(error: unknown, shown: string): string {
  if (!(error instanceof RE2JSSyntaxException)) return (error as Error).message;
  const part = limits.has(error.error) ? shown : (error.input ?? '');
  return `error parsing regexp: ${error.error}: \`${part}\``;
}
