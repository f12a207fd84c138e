import { createHash, createHmac } from 'node:crypto';
import type { Range } from '../../otlp/view/range.js';
import { PatternError, pattern, type Pattern } from '../../pattern/pattern.js';
import type { Config } from './config.js';
import { matchesAny } from './key-rules.js';

/** Each line: what is masked as a whole is masked line by line, as in the Collector. */
const lines = '.*';

/** Matches in a text that are masked one by one: each of them may cost a hash. */
const mostMatches = 4096;

/** Masks texts. */
export class ValueMasks {
  readonly #blocked: readonly Pattern[];
  readonly #allowed: readonly Pattern[];
  readonly #lines: Pattern = pattern(lines);
  readonly #mask: (matched: string) => string;

  constructor(config: Config) {
    this.#blocked = config.blocked_values.map((source) => pattern(source));
    this.#allowed = config.allowed_values.map((source) => pattern(source));
    this.#mask = maskOf(config.hash_function.toLowerCase(), config.hmac_key);
  }

  /** Whether a text stays as it is, whatever its parts are. */
  allows(text: Range | string): boolean {
    return typeof text === 'string' ? this.#allowed.some((each) => each.test(text)) : matchesAny(this.#allowed, text);
  }

  /** The text with all masked that is blocked; undefined when nothing is. */
  masked(text: Range | string): string | undefined {
    if (typeof text !== 'string' && !matchesAny(this.#blocked, text)) return undefined;
    const given = text.toString();
    let result = given;
    for (const each of this.#blocked) if (each.test(result)) result = this.#replaced(result, each);
    return result === given ? undefined : result;
  }

  maskedWhole(text: string): string {
    return this.#replaced(text, this.#lines);
  }

  #replaced(text: string, each: Pattern): string {
    let matches = 0;
    try {
      const result = each.replaceAllWith(text, ({ groups: [matched = ''] }) =>
        ++matches > mostMatches ? '' : this.#mask(matched),
      );
      // A text with more is masked as one.
      return matches > mostMatches ? this.#mask(text) : result;
    } catch (error) {
      // Too many matches, or a result that is too long: nothing of it may stay.
      if (error instanceof PatternError) return this.#mask(text);
      throw error;
    }
  }
}

function maskOf(name: string, key: string): (matched: string) => string {
  switch (name) {
    case '':
      return () => '****';
    case 'hmac-sha256':
    case 'hmac-sha512':
      return (matched) => createHmac(name.slice(5), key).update(matched).digest('hex');
    default: {
      const algorithm = name === 'sha3' ? 'sha3-256' : name;
      return (matched) => createHash(algorithm).update(matched).digest('hex');
    }
  }
}
