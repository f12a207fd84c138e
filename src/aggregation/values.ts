import { quickHash, quickHashIn } from '../otlp/keys/quick-hash.js';
import { SeededHash, type HashSeed } from '../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../otlp/wire/at.js';
import { ByteStore, type Chunk } from './byte-store.js';
import { HashIndex } from './hash-index.js';
import { IdRows } from './id-rows.js';
import type { MemoryBound } from './memory-bound.js';
import { withRoom } from '../otlp/wire/numbers.js';

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
/**
 * Values that were found last stand in sets of four by a cheap hash, the one that was added last first. Each has two
 * numbers there, its hash and its own: values of one hash are hardly ever two, so that memory of the others is not
 * read. Sets, at first and at most: they grow with the values.
 */
const setBits = 3;
const perSet = 1 << setBits;
const fewestSets = 1024;
const mostSets = 1 << 16;

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
  #guesses: Int32Array = new Int32Array(fewestSets * perSet);
  /** Numbers that are not in use, as a chain in the field `alias`; -1 ends it. */
  #free = -1;
  #made = 1;
  /** Of `findAll`. */
  #hashes: Int32Array = new Int32Array(64);
  #known: Int32Array = new Int32Array(64);
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

  /** The size of a value for `findAll`: its kind, and its length in bytes. */
  static sizeAs(kind: ValueKind, length: number): number {
    return (length << kindBits) | kind;
  }

  /** The number of the value `bytes[from, to)`; -1 when it is not there. */
  find(kind: ValueKind, bytes: Uint8Array, from: number, to: number): number {
    const guesses = this.#guesses;
    const quick = quickHash(bytes, from, to);
    const place = setOf(guesses, quick);
    for (let at = place; at < place + perSet; at += 2) {
      if (at32(guesses, at) !== quick) continue;
      const id = at32(guesses, at + 1);
      if (this.#is(id, kind, bytes, from, to)) return id;
    }
    const hash = this.#hash.of(bytes, from, to);
    for (let id = this.#index.first(hash); id >= 0; id = this.#index.next())
      if (this.#is(id, kind, bytes, from, to)) {
        guesses.copyWithin(place + 2, place, place + perSet - 2);
        guesses[place] = quick;
        guesses[place + 1] = id;
        return id;
      }
    return -1;
  }

  /**
   * Looks up `count` values, of which value i is at `froms[i]` of `bytes`, with a size as `sizeAs` says it, and sets
   * `ids[i]` to its number, or to -1; where `froms[i]` is below 0 there is none, and `ids[i]` stays. `view` is one of
   * `bytes`. Each step is done for all of them before the next one: with thousands of values their memory is in no near
   * cache, and the processor waits for that of many values at a time where a loop does little else than read it.
   */
  findAll(
    bytes: Uint8Array,
    view: DataView,
    froms: Int32Array,
    sizes: Int32Array,
    ids: Int32Array,
    count: number,
  ): void {
    const guesses = this.#guesses;
    const hashes = (this.#hashes = withRoom(this.#hashes, count));
    const known = (this.#known = withRoom(this.#known, count));
    for (let i = 0; i < count; i++) {
      const from = at32(froms, i);
      if (from >= 0) hashes[i] = quickHashIn(view, from, from + (at32(sizes, i) >> kindBits));
    }
    for (let i = 0; i < count; i++) if (at32(froms, i) >= 0) ids[i] = guessOf(guesses, at32(hashes, i));
    for (let i = 0; i < count; i++) if (at32(froms, i) >= 0) known[i] = at32(this.#hot, at32(ids, i) * hotStride);
    for (let i = 0; i < count; i++) {
      const from = at32(froms, i);
      if (from < 0) continue;
      const id = at32(ids, i);
      const size = at32(sizes, i);
      const to = from + (size >> kindBits);
      if (at32(known, i) !== size || !this.#isIn(id, view, from, to))
        ids[i] = this.find((size & 3) as ValueKind, bytes, from, to);
    }
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
    if (this.count > this.#guesses.length / perSet && this.#guesses.length < mostSets * perSet)
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

  /** Whether the bytes of a value are `view[from, to)`, which are as many. */
  #isIn(id: number, view: DataView, from: number, to: number): boolean {
    const length = to - from;
    if (length === 0) return true;
    const address = at32(this.#hot, id * hotStride + hot.address);
    const own = this.store.chunk(address).view;
    const start = this.store.offset(address);
    if (length < 4) {
      for (let i = 0; i < length; i++) if (own.getUint8(start + i) !== view.getUint8(from + i)) return false;
      return true;
    }
    for (let i = length - 4; i > 0; i -= 4)
      if (own.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
    return own.getInt32(start, true) === view.getInt32(from, true);
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

/** Where the set of a hash begins. */
function setOf(guesses: Int32Array, hash: number): number {
  return (hash << setBits) & (guesses.length - 1);
}

/** The value with a hash that was found last; that which is never there when there is none. */
function guessOf(guesses: Int32Array, hash: number): number {
  const place = setOf(guesses, hash);
  for (let at = place; at < place + perSet; at += 2) if (at32(guesses, at) === hash) return at32(guesses, at + 1);
  return absent;
}
