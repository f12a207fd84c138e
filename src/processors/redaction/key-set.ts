import { key, type Key } from '../../otlp/view/key.js';
import type { Range } from '../../otlp/view/range.js';

/** Keys that are found by their bytes. */
export class KeySet {
  readonly #byLength: Key[][] = [];

  constructor(names: readonly string[]) {
    for (const each of new Set(names)) {
      const made = key(each);
      (this.#byLength[made.bytes.length] ??= []).push(made);
    }
  }

  has(name: Range): boolean {
    const keys = this.#byLength[name.length];
    if (keys === undefined) return false;
    for (let i = 0; i < keys.length; i++) if (name.is(keys[i] as Key)) return true;
    return false;
  }
}
