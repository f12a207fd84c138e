import { key, type Key } from '../../otlp/view/key.js';
import type { Range } from '../../otlp/view/range.js';
import { pattern, type Pattern } from '../../pattern/pattern.js';

export type MatchType = 'strict' | 'regexp';

/** Texts of which one must be the same, or patterns of which one must match a part. */
export class TextMatcher {
  readonly #texts: readonly Key[];
  readonly #patterns: readonly Pattern[];

  /** Throws a `PatternError` for a pattern that cannot be used. */
  constructor(type: MatchType, texts: readonly string[]) {
    this.#texts = type === 'strict' ? texts.map((text) => key(text)) : [];
    this.#patterns = type === 'regexp' ? texts.map((text) => pattern(text)) : [];
  }

  matches(range: Range): boolean {
    for (let i = 0; i < this.#texts.length; i++) if (range.is(this.#texts[i] as Key)) return true;
    for (let i = 0; i < this.#patterns.length; i++)
      if ((this.#patterns[i] as Pattern).testBytes(range.bytes, range.start, range.end)) return true;
    return false;
  }

  matchesText(text: string): boolean {
    return this.#texts.some((own) => own.text === text) || this.#patterns.some((own) => own.test(text));
  }
}
