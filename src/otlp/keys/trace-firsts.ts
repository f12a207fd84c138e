import type { Index } from '../wire/item-index.js';
import { at32 } from '../wire/at.js';
import { SeededHash, type HashSeed } from './seeded-hash.js';

const zeroId = new Uint8Array(16);

/**
 * Finds the first span of each trace within one scope: an open hash table of item + 1, emptied for each scope. Senders
 * choose trace IDs, so the hash is seeded: a sender cannot make IDs that collide, and a table with two
 * slots per item needs few probes.
 */
export class TraceFirsts {
  /** Occupied slots that look-ups passed since the table was made. */
  passed = 0;
  readonly #hash: SeededHash;
  #slots: Int32Array = new Int32Array(4096);
  #mask = 0;

  /** @param seed - of the hash; drawn at start unless a test gives its own */
  constructor(seed?: HashSeed) {
    this.#hash = new SeededHash(seed);
  }

  /** Empties the table, and makes room for `items` spans. */
  clear(items: number): void {
    let size = 16;
    while (size < items * 2) size *= 2;
    this.#mask = size - 1;
    if (this.#slots.length < size) this.#slots = new Int32Array(size);
    else this.#slots.fill(0, 0, size);
  }

  /** The item that first had the trace ID of `item`: itself when it is the first. */
  firstOf(bytes: Uint8Array, index: Index, item: number): number {
    const at = index.traceIdAt(item);
    let slot = (at < 0 ? this.#hash.of(zeroId, 0, 16) : this.#hash.of(bytes, at, at + 16)) & this.#mask;
    for (; at32(this.#slots, slot) !== 0; slot = (slot + 1) & this.#mask) {
      const before = at32(this.#slots, slot) - 1;
      if (sameId(bytes, at, index.traceIdAt(before))) return before;
      this.passed++;
    }
    this.#slots[slot] = item + 1;
    return item;
  }
}

/** An empty ID and one of zeros are the same. */
function sameId(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 16; i++) if ((a < 0 ? 0 : bytes[a + i]) !== (b < 0 ? 0 : bytes[b + i])) return false;
  return true;
}
