import { at32 } from '../wire/at.js';
import { crc32 } from './crc32.js';

const zeroId = new Uint8Array(16);

/** Finds the first span of each trace within one scope: an open hash table of item + 1, emptied for each scope. */
export class TraceFirsts {
  #slots: Int32Array = new Int32Array(4096);
  #mask = 0;

  /** Forgets what it knew; room for `items` spans. */
  clear(items: number): void {
    let size = 16;
    while (size < items * 2) size *= 2;
    this.#mask = size - 1;
    if (this.#slots.length < size) this.#slots = new Int32Array(size);
    else this.#slots.fill(0, 0, size);
  }

  /** The item that first had the trace ID of `item`: itself when it is the first. `items` are the rows of the index. */
  firstOf(bytes: Uint8Array, items: Int32Array, item: number): number {
    const at = at32(items, item * 4 + 3);
    let slot = (at < 0 ? crc32(zeroId, 0, 16) : crc32(bytes, at, at + 16)) & this.#mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const before = at32(this.#slots, slot) - 1;
      if (sameId(bytes, at, at32(items, before * 4 + 3))) return before;
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
