import { at32 } from '../wire/at.js';

const smallest = 64;

/**
 * Numbers by hash, for the time of one batch; their owner tells apart those whose hashes are equal. Open-addressed, so
 * that a number costs no object. Hashes must be seeded where a sender chooses the keys.
 * ```
 * for (let row = rows.first(hash); row >= 0; row = rows.next()) if (isIt(row)) return row;
 * ```
 */
export class HashRows {
  /** Slots of 2: one more than the number, 0 while free, and its hash. */
  #slots: Int32Array = new Int32Array(smallest * 2);
  #size = 0;
  #slot = 0;
  #hash = 0;

  /** The first number with a hash; -1 when there is none. */
  first(hash: number): number {
    this.#slot = hash & (this.#slots.length / 2 - 1);
    this.#hash = hash;
    return this.next();
  }

  /** The next number with the same hash; -1 when there is none. */
  next(): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let slot = this.#slot; ; slot = (slot + 1) & mask) {
      const number = at32(slots, slot * 2) - 1;
      if (number < 0) return -1;
      if (at32(slots, slot * 2 + 1) !== this.#hash) continue;
      this.#slot = (slot + 1) & mask;
      return number;
    }
  }

  add(hash: number, number: number): void {
    if (++this.#size * 4 > this.#slots.length) this.#grow();
    this.#put(hash, number);
  }

  #put(hash: number, number: number): void {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let slot = hash & mask;
    while (at32(slots, slot * 2) !== 0) slot = (slot + 1) & mask;
    slots[slot * 2] = number + 1;
    slots[slot * 2 + 1] = hash;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2)
      if (at32(before, at) !== 0) this.#put(at32(before, at + 1), at32(before, at) - 1);
  }
}
