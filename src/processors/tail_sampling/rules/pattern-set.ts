import { RE2JS } from 're2js';
import { byteAt } from '../../../otlp/wire/at.js';
import { KnownTexts } from './known-texts.js';

/** Of a longer text the beginning counts: one span must not keep the gateway busy. */
const longestText = 65_536;
const defaultCacheSize = 128;
const largestCache = 65_536;

/** What is wrong with a regular expression; undefined when it is good. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Regular expressions of which one must match anywhere in a text. What became of recent texts is remembered. */
export class PatternSet {
  readonly #patterns: readonly RE2JS[];
  readonly #known: KnownTexts;

  /** @param cacheSize - texts that are remembered, at most 65,536; 0 or less: 128 */
  constructor(patterns: readonly string[], cacheSize: number) {
    this.#patterns = patterns.map((pattern) => RE2JS.compile(pattern));
    this.#known = new KnownTexts(Math.min(largestCache, cacheSize > 0 ? cacheSize : defaultCacheSize));
  }

  /** Whether one of them matches in the text `bytes[start, end)`. */
  match(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#known.find(bytes, start, end);
    if (known !== 'unknown') return known === 'yes';
    const matches = this.#matchNow(bytes.subarray(start, Math.min(end, start + longestText)));
    this.#known.add(bytes, start, end, matches);
    return matches;
  }

  /**
   * For each character beyond Latin-1 the library's DFA searches a list of those that it has met, which takes quadratic
   * time for a text of many different ones. A matcher, which can be asked where the match is, runs its NFA.
   */
  #matchNow(text: Uint8Array): boolean {
    const ascii = isAscii(text);
    for (const pattern of this.#patterns) if (ascii ? pattern.test(text) : pattern.matcher(text).find()) return true;
    return false;
  }
}

function isAscii(text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (byteAt(text, i) > 127) return false;
  return true;
}
