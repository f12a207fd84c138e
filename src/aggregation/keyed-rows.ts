import { SeededHash } from '../otlp/keys/seeded-hash.js';
import { ByteRuns } from './byte-runs.js';
import { HashIndex } from './hash-index.js';
import type { ValueKey } from './value-key.js';

const seeded = new SeededHash();

/**
 * Row numbers by keys, from 0 on in the order in which they came: the points of one batch, which are forgotten behind
 * it. Memory is proportional to the keys, and no step moves all of them.
 * ```
 * let row = rows.find(key);
 * if (row < 0) begin((row = rows.add(key)));
 * ```
 */
export class KeyedRows {
  readonly #keys: ByteRuns = new ByteRuns();
  #index: HashIndex | undefined;
  /** The key that was looked for last. */
  #hash = 0;
  #last = -1;

  get count(): number {
    return this.#keys.count;
  }

  /** The row of a key; -1 when it has none. */
  find(key: ValueKey): number {
    const { bytes, length } = key;
    // Items that follow each other are often alike.
    if (this.#last >= 0 && this.#keys.is(this.#last, bytes, length)) return this.#last;
    this.#hash = seeded.of(bytes, 0, length);
    const index = this.#index;
    if (index === undefined) return -1;
    for (let row = index.first(this.#hash); row >= 0; row = index.next())
      if (this.#keys.is(row, bytes, length)) return (this.#last = row);
    return -1;
  }

  /** Adds a row for the key that was just looked for, which has none. */
  add({ bytes, length }: ValueKey): number {
    const row = this.#keys.add(bytes, 0, length);
    this.#index ??= new HashIndex();
    if (!this.#index.add(this.#hash, row)) throw new RangeError('too many points of one batch have the same hash');
    return (this.#last = row);
  }

  clear(): void {
    this.#keys.clear();
    this.#index = undefined;
    this.#last = -1;
  }
}
