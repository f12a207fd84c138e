import { SeededHash, type HashSeed } from '../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../otlp/wire/at.js';

/** Bytes of a trace ID. */
export const idBytes = 16;
const zeroId = new Uint8Array(idBytes);

/**
 * Numbers for trace IDs: an open-addressed table with a seeded hash, since senders choose the IDs, and no object for a
 * trace. A number that is given back is the next ID's. The memory is reserved when the table is made, and becomes
 * real as it is used.
 */
export class TraceIds {
  readonly limit: number;
  /** The IDs one after the other, by number. */
  readonly bytes: Uint8Array;
  readonly #hash: SeededHash;
  readonly #hashes: Int32Array;
  /** Number + 1 by slot; 0 is free. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Numbers that were given back, as a chain in `#hashes`: the next one + 1. */
  #removed = -1;
  #made = 0;
  /** Numbers that are given. */
  count = 0;

  /** @param limit - numbers there may be at a time; @param seed - of the hash, for tests */
  constructor(limit: number, seed?: HashSeed) {
    this.limit = limit;
    this.#hash = new SeededHash(seed);
    this.bytes = new Uint8Array(limit * idBytes);
    this.#hashes = new Int32Array(limit);
    let slots = 16;
    while (slots < limit * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Bytes of all buffers. */
  get memory(): number {
    return this.bytes.byteLength + this.#hashes.byteLength + this.#slots.byteLength;
  }

  /** The hash of the ID at `at`; of the ID of zeros, which an empty one is, when `at` is below 0. */
  hashOf(bytes: Uint8Array, at: number): number {
    return at < 0 ? this.#hash.of(zeroId, 0, idBytes) : this.#hash.of(bytes, at, at + idBytes);
  }

  /** The hash of the ID of a number. */
  hashOfNumber(number: number): number {
    return at32(this.#hashes, number);
  }

  /** The number of an ID with its hash; -1 when it has none. */
  find(bytes: Uint8Array, at: number, hash: number): number {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const number = at32(this.#slots, slot) - 1;
      if (number < 0) return -1;
      if (at32(this.#hashes, number) === hash && this.#isAt(number, bytes, at)) return number;
    }
  }

  /** Gives an ID that has none a number; -1 when all are given. */
  add(bytes: Uint8Array, at: number, hash: number): number {
    if (this.count === this.limit) return -1;
    let number = this.#removed;
    if (number >= 0) this.#removed = at32(this.#hashes, number) - 1;
    else number = this.#made++;
    const own = number * idBytes;
    for (let i = 0; i < idBytes; i++) this.bytes[own + i] = at < 0 ? 0 : byteAt(bytes, at + i);
    this.#hashes[number] = hash;
    let slot = hash & this.#mask;
    while (at32(this.#slots, slot) !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = number + 1;
    this.count++;
    return number;
  }

  /** Parts an ID from its number, which is not given again until it is given back. */
  forget(number: number): void {
    const mask = this.#mask;
    let hole = at32(this.#hashes, number) & mask;
    while (at32(this.#slots, hole) !== number + 1) hole = (hole + 1) & mask;
    // Those behind it that a look-up would no longer reach move up.
    for (let slot = (hole + 1) & mask; at32(this.#slots, slot) !== 0; slot = (slot + 1) & mask) {
      const home = at32(this.#hashes, at32(this.#slots, slot) - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#slots[hole] = at32(this.#slots, slot);
      hole = slot;
    }
    this.#slots[hole] = 0;
  }

  /** A forgotten number may be given again. */
  giveBack(number: number): void {
    this.#hashes[number] = this.#removed + 1;
    this.#removed = number;
    this.count--;
  }

  #isAt(number: number, bytes: Uint8Array, at: number): boolean {
    const own = number * idBytes;
    for (let i = 0; i < idBytes; i++)
      if (byteAt(this.bytes, own + i) !== (at < 0 ? 0 : byteAt(bytes, at + i))) return false;
    return true;
  }
}
