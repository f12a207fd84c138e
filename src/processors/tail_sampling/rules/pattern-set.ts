import { pattern, type Pattern } from '../../../pattern/pattern.js';
import { KnownTexts } from './known-texts.js';

/** Of a longer text the beginning counts: one span must not keep the gateway busy. */
const longestText = 65_536;
const defaultCacheSize = 128;
const largestCache = 65_536;

/** Regular expressions of which one must match anywhere in a text. The answers for recent texts are remembered. */
export class PatternSet {
  readonly #patterns: readonly Pattern[];
  readonly #known: KnownTexts;

  /** @param cacheSize - texts that are remembered, at most 65,536; 0 or less: 128 */
  constructor(patterns: readonly string[], cacheSize: number) {
    this.#patterns = patterns.map((source) => pattern(source));
    this.#known = new KnownTexts(Math.min(largestCache, cacheSize > 0 ? cacheSize : defaultCacheSize));
  }

  /** Whether one of them matches in the text `bytes[start, end)`. */
  match(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#known.find(bytes, start, end);
    if (known !== 'unknown') return known === 'yes';
    const to = Math.min(end, start + longestText);
    const matches = this.#patterns.some((each) => each.testBytes(bytes, start, to));
    this.#known.add(bytes, start, end, matches);
    return matches;
  }
}
