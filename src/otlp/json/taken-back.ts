import type { Field } from '../fields.js';

interface Entry {
  readonly start: number;
  readonly field: Field;
  until: number;
}

/**
 * Fields that an object gives a value and later `null`, which takes the value back. Fields that are written cannot be
 * taken out again, so the object is read once more, and the values that stand before the null are passed over.
 * Entries are those of open objects, the innermost last.
 */
export class TakenBack {
  readonly #entries: Entry[] = [];
  /** Bytes that may be read again in all: a hostile text would have itself read again and again. */
  #left: number;

  /** @param size - of the whole text, bytes */
  constructor(size: number) {
    this.#left = size * 8 + 65_536;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Offsets: where the object begins, and the null of `field`. False when too much would be read again. */
  add(start: number, field: Field, until: number): boolean {
    this.#left -= until - start;
    if (this.#left < 0) return false;
    const known = this.#find(start, field);
    if (known) known.until = until;
    else this.#entries.push({ start, field, until });
    return true;
  }

  /** Whether the value of `field` at `at`, in the object that begins at `start`, is taken back behind it. */
  has(start: number, field: Field, at: number): boolean {
    return at < (this.#find(start, field)?.until ?? 0);
  }

  /** The object that begins at `start` is read. */
  end(start: number): void {
    while (this.#entries.at(-1)?.start === start) this.#entries.pop();
  }

  #find(start: number, field: Field): Entry | undefined {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i];
      if (entry?.start !== start) return undefined;
      if (entry.field === field) return entry;
    }
    return undefined;
  }
}
