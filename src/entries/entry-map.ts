import type { EntryValue } from './entry-value.js';
import { SeenTexts } from './seen-texts.js';

/** Beyond so many keys they are looked up by a map: `Map` costs much more to fill than two lists. */
const mostScanned = 16;
/** Keys of a map that stay in memory for the next entry. */
const mostKept = 64;

/** Bytes of words such as levels, of which the same come again and again. */
const longestWord = 8;
const words = new SeenTexts();

const noBytes: Buffer = Buffer.alloc(0);
/** Stands in the list of values for one that is text in the bytes. */
const inBytes: unique symbol = Symbol('in bytes');

/**
 * The attributes of an entry, or a map among its values, in the order in which keys were set. A value may be text that
 * lies in the bytes of the line: a string is made of it when it is asked for.
 */
export class EntryMap implements ReadonlyMap<string, EntryValue> {
  readonly #keys: string[] = [];
  readonly #values: (EntryValue | typeof inBytes)[] = [];
  #size = 0;
  /** The places of the keys, while there are many. */
  #index: Map<string, number> | undefined = undefined;
  #bytes: Buffer = noBytes;
  /** Start and end of each text in the bytes, by place. */
  #spans: Int32Array | undefined = undefined;

  get size(): number {
    return this.#size;
  }

  get(key: string): EntryValue | undefined {
    const at = this.#find(key);
    return at < 0 ? undefined : this.valueAt(at);
  }

  has(key: string): boolean {
    return this.#find(key) >= 0;
  }

  set(key: string, value: EntryValue): this {
    this.#values[this.#placeFor(key)] = value;
    return this;
  }

  /** Sets the text `bytes[from, to)`, valid UTF-8, of which a string is made when it is asked for. */
  setText(key: string, bytes: Buffer, from: number, to: number): void {
    const at = this.#placeFor(key);
    if (this.#bytes !== bytes) this.#useBytes(bytes);
    let spans = this.#spans;
    if (spans === undefined || spans.length < at * 2 + 2) spans = this.#growSpans(at);
    this.#values[at] = inBytes;
    spans[at * 2] = from;
    spans[at * 2 + 1] = to;
  }

  /** Sets what another map has at a place. */
  setFrom(other: EntryMap, at: number): void {
    const key = other.keyAt(at);
    if (other.isTextAt(at)) this.setText(key, other.bytes, other.startAt(at), other.endAt(at));
    else this.set(key, other.valueAt(at));
  }

  delete(key: string): boolean {
    const at = this.#find(key);
    if (at < 0) return false;
    for (let i = at; i < this.#size - 1; i++) {
      this.#values[i] = this.valueAt(i + 1);
      this.#keys[i] = this.keyAt(i + 1);
    }
    this.#values[--this.#size] = null;
    this.#index = undefined;
    return true;
  }

  clear(): void {
    if (this.#size > mostKept) this.#keys.length = this.#values.length = 0;
    else for (let i = 0; i < this.#size; i++) this.#values[i] = null;
    this.#size = 0;
    this.#index = undefined;
    this.#bytes = noBytes;
  }

  /** The place of a key, counted in the order in which keys were set; -1 for none. */
  placeOf(key: string): number {
    return this.#find(key);
  }

  keyAt(at: number): string {
    return this.#keys[at] ?? '';
  }

  valueAt(at: number): EntryValue {
    const value = this.#values[at] ?? null;
    return value === inBytes ? this.#makeText(at) : value;
  }

  /** Whether the value is text in the bytes, of which no string was made. */
  isTextAt(at: number): boolean {
    return this.#values[at] === inBytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  startAt(at: number): number {
    return this.#spans?.[at * 2] ?? 0;
  }

  endAt(at: number): number {
    return this.#spans?.[at * 2 + 1] ?? 0;
  }

  *entries(): MapIterator<[string, EntryValue]> {
    for (let i = 0; i < this.#size; i++) yield [this.keyAt(i), this.valueAt(i)];
  }

  *keys(): MapIterator<string> {
    for (let i = 0; i < this.#size; i++) yield this.keyAt(i);
  }

  *values(): MapIterator<EntryValue> {
    for (let i = 0; i < this.#size; i++) yield this.valueAt(i);
  }

  [Symbol.iterator](): MapIterator<[string, EntryValue]> {
    return this.entries();
  }

  forEach(visit: (value: EntryValue, key: string, map: EntryMap) => void): void {
    for (let i = 0; i < this.#size; i++) visit(this.valueAt(i), this.keyAt(i), this);
  }

  #find(key: string): number {
    if (this.#index !== undefined) return this.#index.get(key) ?? -1;
    const keys = this.#keys;
    for (let i = 0; i < this.#size; i++) if (keys[i] === key) return i;
    return -1;
  }

  #placeFor(key: string): number {
    const known = this.#find(key);
    if (known >= 0) return known;
    const at = this.#size++;
    this.#keys[at] = key;
    if (this.#index !== undefined) this.#index.set(key, at);
    else if (at >= mostScanned) this.#makeIndex();
    return at;
  }

  #makeIndex(): void {
    const index = new Map<string, number>();
    for (let i = 0; i < this.#size; i++) index.set(this.#keys[i] ?? '', i);
    this.#index = index;
  }

  #makeText(at: number): string {
    const [from, to] = [this.startAt(at), this.endAt(at)];
    const isWord = to - from <= longestWord;
    const text = isWord ? words.find(this.#bytes, from, to).text : this.#bytes.toString('utf8', from, to);
    this.#values[at] = text;
    return text;
  }

  /** Texts in the bytes before become strings. */
  #useBytes(bytes: Buffer): void {
    if (this.#bytes !== noBytes)
      for (let i = 0; i < this.#size; i++) if (this.#values[i] === inBytes) this.#makeText(i);
    this.#bytes = bytes;
  }

  #growSpans(at: number): Int32Array {
    const spans = new Int32Array(Math.max(32, at * 4));
    if (this.#spans !== undefined) spans.set(this.#spans);
    this.#spans = spans;
    return spans;
  }
}
