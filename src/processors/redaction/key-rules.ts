import type { Range } from '../../otlp/view/range.js';
import { pattern, type Pattern } from '../../pattern/pattern.js';
import type { Config } from './config.js';
import { KeySet } from './key-set.js';
import { summaryKeys } from './summary.js';

/** Decides about attributes by their keys alone. */
export class KeyRules {
  readonly #allowed: KeySet | undefined;
  readonly #ignored: KeySet;
  readonly #ignoredPatterns: readonly Pattern[];
  readonly #blockedPatterns: readonly Pattern[];

  constructor(config: Config) {
    // A redaction that follows another one keeps its summary.
    this.#allowed = config.allow_all_keys ? undefined : new KeySet([...config.allowed_keys, ...summaryKeys]);
    this.#ignored = new KeySet(config.ignored_keys);
    this.#ignoredPatterns = config.ignored_key_patterns.map((source) => pattern(source));
    this.#blockedPatterns = config.blocked_key_patterns.map((source) => pattern(source));
  }

  /** Whether attributes stay as they are. */
  ignores(name: Range): boolean {
    return this.#ignored.has(name) || matchesAny(this.#ignoredPatterns, name);
  }

  /** Whether attributes that are not ignored go. */
  removes(name: Range): boolean {
    return this.#allowed?.has(name) === false;
  }

  /** Whether values of attributes that stay are masked as a whole. */
  masks(name: Range): boolean {
    return matchesAny(this.#blockedPatterns, name);
  }
}

/** Whether one of the patterns matches a part of the bytes. */
export function matchesAny(patterns: readonly Pattern[], { bytes, start, end }: Range): boolean {
  for (let i = 0; i < patterns.length; i++) if ((patterns[i] as Pattern).testBytes(bytes, start, end)) return true;
  return false;
}
