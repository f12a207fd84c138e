import { SeededHash, type HashSeed } from '../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../otlp/wire/at.js';
import { ByteStore, type Chunk } from './byte-store.js';
import { HashIndex } from './hash-index.js';
import { IdRows } from './id-rows.js';
import type { MemoryBound } from './memory-bound.js';

/**
 * The bytes of a value: UTF-8 of a text; the body of an AnyValue of any type; or attributes, each as a length and the
 * body of a KeyValue.
 */
export const valueKind = { text: 0, encoded: 1, attributes: 2 } as const;
export type ValueKind = (typeof valueKind)[keyof typeof valueKind];

/** The number of the value that is not there. */
export const absent = 0;

const field = { hash: 0, holders: 1, alias: 2, aliases: 3 } as const;
const stride = 4;
/** Every look-up reads this of a value: kind and length (-1: it is not there), address, and canonical value. */
const hot = { size: 0, address: 1, canonical: 2 } as const;
const hotStride = 4;
const kindBits = 2;
const nobody = -1;
/** Bytes of a value beside its own: its row, and its slot in an index that is two thirds full. */
const perValue: number = (stride + hotStride) * 4 + 12;
/** Other forms of one value that are known at a time; a series is found by further ones as well, with more work. */
const mostAliases = 4;
/** Places of values that were found last, by a cheap hash: at first, and at most. They grow with the values. */
const fewestGuesses = 4096;
const mostGuesses = 1 << 18;

/**
 * Attribute values, each kept once and known by a number: those that arrive are looked up as bytes, and series are made
 * of the numbers. Series tell values apart by their text: a value of another type, or in another encoding, is an alias
 * of the text that it prints as, its canonical value. A value is there as long as something holds it or an alias of it.
 * No object for a value.
 */
export class Values {
  readonly store: ByteStore;
  readonly #bound: MemoryBound;
  readonly #hash: SeededHash;
  readonly #index: HashIndex = new HashIndex();
  readonly #rows: IdRows = new IdRows(stride);
  #hot: Int32Array = new Int32Array(1024 * hotStride).fill(nobody);
  #guesses: Int32Array = new Int32Array(fewestGuesses);
  /** Numbers that are not in use, as a chain in the field `alias`; -1 ends it. */
  #free = -1;
  #made = 1;
  /** Values that are there. */
  count = 0;

  /** @param seed - of the hash, for tests */
  constructor(bound: MemoryBound, seed?: HashSeed) {
    this.#bound = bound;
    this.store = new ByteStore(bound);
    this.#hash = new SeededHash(seed);
    this.#rows.clear(absent);
    this.#hot[hot.canonical] = absent;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    const own = this.#hot.byteLength + this.#guesses.byteLength;
    return own + this.store.reservedBytes + this.#index.reservedBytes + this.#rows.reservedBytes;
  }

  /** Bytes that a value of `size` bytes counts in the bound. */
  static sizeOf(size: number): number {
    return perValue + (size === 0 ? 0 : ByteStore.sizeOf(size));
  }

  /** The number of the value `bytes[from, to)`; -1 when it is not there. */
  find(kind: ValueKind, bytes: Uint8Array, from: number, to: number): number {
    const place = guessOf(bytes, from, to) & (this.#guesses.length - 1);
    const guess = at32(this.#guesses, place);
    if (this.#is(guess, kind, bytes, from, to)) return guess;
    const hash = this.#hash.of(bytes, from, to);
    for (let id = this.#index.first(hash); id >= 0; id = this.#index.next())
      if (this.#is(id, kind, bytes, from, to)) {
        this.#guesses[place] = id;
        return id;
      }
    return -1;
  }

  /**
   * Adds a value that is not there and that nobody holds yet. `canonical`: the text that it is an alias of; nothing is
   * added, and -1 returned, where that has as many aliases as are kept.
   */
  add(kind: ValueKind, bytes: Uint8Array, from: number, to: number, canonical = -1): number {
    const rows = this.#rows;
    if (canonical >= 0 && rows.get(canonical, field.aliases) === mostAliases) return -1;
    const hash = this.#hash.of(bytes, from, to);
    const id = this.#free >= 0 ? this.#free : this.#made;
    if (!this.#index.add(hash, id)) return -1;
    if (id === this.#made) this.#made++;
    else this.#free = rows.get(id, field.alias);
    rows.clear(id);
    this.#reach(id);
    this.#bound.count(perValue);
    const length = to - from;
    if (length > 0) {
      const address = this.store.take(length);
      this.store.chunk(address).bytes.set(bytes.subarray(from, to), this.store.offset(address));
      this.#hot[id * hotStride + hot.address] = address;
    }
    this.#hot[id * hotStride + hot.size] = (length << kindBits) | kind;
    this.#hot[id * hotStride + hot.canonical] = canonical < 0 ? id : canonical;
    rows.set(id, field.hash, hash);
    rows.set(id, field.alias, -1);
    if (canonical >= 0) {
      rows.set(id, field.alias, rows.get(canonical, field.alias));
      rows.set(canonical, field.alias, id);
      rows.set(canonical, field.aliases, rows.get(canonical, field.aliases) + 1);
    }
    this.count++;
    if (this.count > this.#guesses.length / 2 && this.#guesses.length < mostGuesses)
      this.#guesses = new Int32Array(this.#guesses.length * 2);
    return id;
  }

  /** The value that an alias stands for; the value itself when it is none. */
  canonicalOf(id: number): number {
    return at32(this.#hot, id * hotStride + hot.canonical);
  }

  /** Keeps a value, with its aliases, until it is let go as often. */
  hold(id: number): void {
    if (id === absent) return;
    const canonical = this.canonicalOf(id);
    this.#rows.set(canonical, field.holders, this.#rows.get(canonical, field.holders) + 1);
  }

  /** Lets go of a value; when it was the last hold, it is gone with its aliases. */
  release(id: number): void {
    if (id === absent) return;
    const canonical = this.canonicalOf(id);
    const holders = this.#rows.get(canonical, field.holders) - 1;
    this.#rows.set(canonical, field.holders, holders);
    if (holders > 0) return;
    let alias = this.#rows.get(canonical, field.alias);
    this.#remove(canonical);
    while (alias >= 0) {
      const next = this.#rows.get(alias, field.alias);
      this.#remove(alias);
      alias = next;
    }
  }

  /** Gives up a value that was added and is not held, unless something holds it meanwhile. */
  releaseUnheld(id: number): void {
    this.hold(id);
    this.release(id);
  }

  kindOf(id: number): ValueKind {
    return (at32(this.#hot, id * hotStride + hot.size) & 3) as ValueKind;
  }

  /** Length of its bytes, which are `chunkOf(id).bytes` from `startOf(id)` on. */
  lengthOf(id: number): number {
    return id === absent ? 0 : at32(this.#hot, id * hotStride + hot.size) >> kindBits;
  }

  chunkOf(id: number): Chunk {
    return this.store.chunk(at32(this.#hot, id * hotStride + hot.address));
  }

  startOf(id: number): number {
    return this.store.offset(at32(this.#hot, id * hotStride + hot.address));
  }

  /** The bytes of a value as UTF-8, for logs. Makes a string. */
  textOf(id: number): string {
    const length = this.lengthOf(id);
    if (length === 0) return '';
    const start = this.startOf(id);
    return this.chunkOf(id).bytes.toString('utf8', start, start + length);
  }

  #is(id: number, kind: ValueKind, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (at32(this.#hot, id * hotStride + hot.size) !== ((length << kindBits) | kind)) return false;
    if (length === 0) return true;
    const address = at32(this.#hot, id * hotStride + hot.address);
    const own = this.store.chunk(address).bytes;
    const start = this.store.offset(address);
    // Values of one attribute share their beginnings, so that the ends are compared first.
    for (let i = length - 1; i >= 0; i--) if (byteAt(own, start + i) !== byteAt(bytes, from + i)) return false;
    return true;
  }

  /** Makes room for a value. A million of them take 16 MB, which are copied in few milliseconds. */
  #reach(id: number): void {
    if (id * hotStride < this.#hot.length) return;
    const more = new Int32Array(this.#hot.length * 2).fill(nobody);
    more.set(this.#hot);
    this.#hot = more;
  }

  #remove(id: number): void {
    const rows = this.#rows;
    this.#index.remove(rows.get(id, field.hash), id);
    const length = this.lengthOf(id);
    if (length > 0) this.store.giveBack(at32(this.#hot, id * hotStride + hot.address), length);
    this.#bound.count(-perValue);
    this.#hot[id * hotStride + hot.size] = nobody;
    rows.set(id, field.alias, this.#free);
    this.#free = id;
    this.count--;
  }
}

/** Bytes at the end of a value that the cheap hash reads: where values of one attribute differ, as numbers do. */
const tail = 8;

/** Where a value is looked for first. A sender that defeats this makes the seeded hash do the work. */
function guessOf(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  let hash = length;
  for (let at = Math.max(from, to - tail); at < to; at++) hash = (Math.imul(hash, 31) + byteAt(bytes, at)) | 0;
  hash ^= Math.imul(byteAt(bytes, from + (length >> 1)), 0x85eb) ^ Math.imul(byteAt(bytes, from), 0x9e37);
  hash = Math.imul(hash, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
