import { CompiledPattern } from './compiled-pattern.js';
import type { Match } from './match.js';
import type { PatternSequence } from './sequence.js';
import { PatternError } from './pattern-error.js';

export { PatternError } from './pattern-error.js';
export type { Match } from './match.js';

/**
 * A user's regular expression: the syntax and the meaning of Go's RE2, in time linear in the text. Positions are in
 * UTF-16 units of the string. A search for all matches, whose time is quadratic in Go for some patterns, and a
 * replacement whose result is too long, throw a `PatternError`.
 */
export interface Pattern {
  readonly source: string;
  /** Names of the capturing groups by number; '' for one without a name. Number 0 is the whole match. */
  readonly groupNames: readonly string[];
  /** The pattern as a sequence of loops over bytes; undefined for one that is more than that. */
  readonly sequence: PatternSequence | undefined;
  test(text: string): boolean;
  /** Whether UTF-8 bytes have a match, without making a string where that can be avoided. */
  testBytes(bytes: Uint8Array, start: number, end: number): boolean;
  /** The leftmost match from `from` (default 0) on; undefined when there is none. */
  find(text: string, from?: number): Match | undefined;
  /** The groups of the leftmost match, as `Match` has them; undefined when there is none. */
  findGroups(text: string): Match['groups'] | undefined;
  /**
   * Where the groups of the leftmost match stand, by number a start and an end each, the whole match first; -1 for a
   * group that took no part. Undefined when there is no match. Slower than `find`.
   */
  findPlaces(text: string): readonly number[] | undefined;
  /** All matches that do not overlap, as Go's `FindAllStringSubmatchIndex` finds them. */
  findAll(text: string): Match[];
  /** Replaces all matches by a template of Go: `$1`, `${name}`, `$$`; `$1a` means the group `1a`. */
  replaceAll(text: string, template: string): string;
  /** Replaces all matches by the result of a call. */
  replaceAllWith(text: string, replacement: (match: Match) => string): string;
}

/** Patterns that are kept, and the length of the longest source among them. */
const mostKept = 512;
const longestKept = 4096;
const kept = new Map<string, Pattern>();

/** Compiles a pattern; patterns of the same source are shared. Throws a `PatternError`. */
export function pattern(source: string): Pattern {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const compiled = new CompiledPattern(source);
  if (source.length > longestKept) return compiled;
  if (kept.size >= mostKept) {
    const [oldest = ''] = kept.keys();
    kept.delete(oldest);
  }
  kept.set(source, compiled);
  return compiled;
}

/** The fault of a pattern, in Go's words; undefined when it is good. */
export function patternFault(source: string): string | undefined {
  try {
    pattern(source);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
