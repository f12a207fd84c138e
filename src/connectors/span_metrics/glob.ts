import { SeededHash } from '../../otlp/keys/seeded-hash.js';
import { byteAt } from '../../otlp/wire/at.js';
import { globPattern } from '../../pattern/glob.js';
import { pattern, type Pattern } from '../../pattern/pattern.js';

/** Names that are remembered, and the longest of them. */
const remembered = 1024;
const longestName = 96;

/** Globs, of which one must match a name. Results of recent names are remembered, so that few are matched. */
export class GlobSet {
  readonly #patterns: readonly Pattern[];
  readonly #hash: SeededHash = new SeededHash();
  /** By place: the name, its length + 1, and whether one matches. */
  readonly #names: Uint8Array = new Uint8Array(remembered * longestName);
  readonly #lengths: Uint8Array = new Uint8Array(remembered);
  readonly #matches: Uint8Array = new Uint8Array(remembered);

  constructor(globs: readonly string[]) {
    this.#patterns = globs.map((glob) => pattern(globPattern(glob)));
  }

  /** Whether one of them matches the name `bytes[from, to)`. */
  has(bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (length > longestName) return this.#match(bytes, from, to);
    const place = this.#hash.of(bytes, from, to) & (remembered - 1);
    const at = place * longestName;
    if (this.#lengths[place] !== length + 1 || !isAt(this.#names, at, bytes, from, length)) {
      this.#matches[place] = this.#match(bytes, from, to) ? 1 : 0;
      this.#lengths[place] = length + 1;
      for (let i = 0; i < length; i++) this.#names[at + i] = byteAt(bytes, from + i);
    }
    return this.#matches[place] === 1;
  }

  #match(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#patterns.some((each) => each.testBytes(bytes, from, to));
  }
}

function isAt(names: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (byteAt(names, at + i) !== byteAt(bytes, from + i)) return false;
  return true;
}
