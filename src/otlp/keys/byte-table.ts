import { byteAt } from '../wire/at.js';
import { SeededHash } from './seeded-hash.js';

/** An entry of a table by bytes: of one table at a time. */
export interface ByteEntry {
  /** The hash of the key, by `hashOfKey`. */
  readonly hash: number;
  /** The key, in memory of its own. */
  readonly key: Uint8Array;
  /** The next entry of the same slot; the table's own. */
  chained: ByteEntry | undefined;
}

const seeded = new SeededHash();
const smallest = 64;
/** Slots that are moved for each entry that is added, so that they are all moved before the table grows again. */
const movedAtOnce = 4;

/** The hash of `bytes[from, to)` for the tables here. Senders choose keys, so that it has a secret. */
export function hashOfKey(bytes: Uint8Array, from: number, to: number): number {
  return seeded.of(bytes, from, to);
}

/** Entries by keys that are bytes. A look-up makes no object, and no step moves all entries. */
export class ByteTable<E extends ByteEntry> {
  #slots: (E | undefined)[] = emptySlots(smallest);
  /** The slots before the table grew: those from `#moved` on still have their entries. */
  #smaller: (E | undefined)[] | undefined;
  #moved = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The entry whose key is `bytes[from, to)`, which has `hash`. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): E | undefined {
    const slots = this.#slotsOf(hash);
    let entry = slots[hash & (slots.length - 1)];
    while (entry && !(entry.hash === hash && sameBytes(entry.key, bytes, from, to)))
      entry = entry.chained as E | undefined;
    return entry;
  }

  /** Adds an entry whose key is not in the table. */
  add(entry: E): void {
    if (this.#smaller) this.#move(this.#smaller);
    else if (this.#size >= this.#slots.length) {
      this.#smaller = this.#slots;
      this.#slots = emptySlots(this.#smaller.length * 2);
    }
    put(this.#slotsOf(entry.hash), entry);
    this.#size++;
  }

  /** Removes an entry of this table. */
  remove(entry: E): void {
    const slots = this.#slotsOf(entry.hash);
    const slot = entry.hash & (slots.length - 1);
    let before: ByteEntry | undefined;
    for (let at: ByteEntry | undefined = slots[slot]; at; before = at, at = at.chained) {
      if (at !== entry) continue;
      if (before) before.chained = entry.chained;
      else slots[slot] = entry.chained as E | undefined;
      entry.chained = undefined;
      this.#size--;
      return;
    }
  }

  clear(): void {
    this.#slots = emptySlots(smallest);
    this.#smaller = undefined;
    this.#moved = this.#size = 0;
  }

  /** The slots that have the entries with a hash. */
  #slotsOf(hash: number): (E | undefined)[] {
    const smaller = this.#smaller;
    return smaller && (hash & (smaller.length - 1)) >= this.#moved ? smaller : this.#slots;
  }

  #move(smaller: (E | undefined)[]): void {
    const to = Math.min(smaller.length, this.#moved + movedAtOnce);
    for (; this.#moved < to; this.#moved++) {
      let entry = smaller[this.#moved];
      smaller[this.#moved] = undefined;
      while (entry) {
        const next = entry.chained as E | undefined;
        put(this.#slots, entry);
        entry = next;
      }
    }
    if (this.#moved < smaller.length) return;
    this.#smaller = undefined;
    this.#moved = 0;
  }
}

/**
 * The same, bounded in bytes: what was not looked up for the longest goes first, in two generations. An entry that was
 * forgotten is made again by its user.
 */
export class ByteCache<E extends ByteEntry> {
  /** Bytes of one generation. */
  readonly #limit: number;
  readonly #costOf: (entry: E) => number;
  #young: ByteTable<E> = new ByteTable();
  #old: ByteTable<E> = new ByteTable();
  #youngBytes = 0;
  #oldBytes = 0;

  /**
   * @param limit - bytes that all entries may take together
   * @param costOf - the bytes of memory that an entry keeps alive
   */
  constructor(limit: number, costOf: (entry: E) => number) {
    this.#limit = limit / 2;
    this.#costOf = costOf;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  find(bytes: Uint8Array, from: number, to: number, hash: number): E | undefined {
    const young = this.#young.find(bytes, from, to, hash);
    if (young) return young;
    const entry = this.#old.find(bytes, from, to, hash);
    if (!entry) return undefined;
    const cost = this.#costOf(entry);
    this.#old.remove(entry);
    this.#oldBytes -= cost;
    this.#add(entry, cost);
    return entry;
  }

  add(entry: E): void {
    this.#add(entry, this.#costOf(entry));
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = this.#oldBytes = 0;
  }

  #add(entry: E, cost: number): void {
    if (this.#youngBytes + cost > this.#limit && this.#young.size > 0) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new ByteTable();
      this.#youngBytes = 0;
    }
    // One that is larger than a whole generation would push out all others.
    if (cost > this.#limit) return;
    this.#young.add(entry);
    this.#youngBytes += cost;
  }
}

function emptySlots<E>(length: number): (E | undefined)[] {
  return new Array<E | undefined>(length).fill(undefined);
}

function put<E extends ByteEntry>(slots: (E | undefined)[], entry: E): void {
  const slot = entry.hash & (slots.length - 1);
  entry.chained = slots[slot];
  slots[slot] = entry;
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = key.length - 1; i >= 0; i--) if (byteAt(key, i) !== byteAt(bytes, from + i)) return false;
  return true;
}
