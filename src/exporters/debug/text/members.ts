import type { KeyValueView } from '../../../otlp/view/value.js';
import { at32, byteAt } from '../../../otlp/wire/at.js';
import type { TextPage, Writing } from './text-page.js';
import { Pairs } from './pairs.js';

/** Members that are sorted at once. */
const run = 512;
/** The costs of finding, moving and sorting a member of a run, in bytes that are read. */
const foundAsBytes = 128;
const movedAsBytes = 32;
const sortedAsBytes = 256;

/** The members of a map in the order of their keys' bytes. Of a key that comes twice the last one counts, as in Go. */
export class Members {
  readonly #bytes: Buffer;
  /** Where the keys and the members lie. */
  readonly #keys: Pairs = new Pairs();
  readonly #places: Pairs = new Pairs();
  /** The first four bytes of each key as a signed number in the same order: most keys differ there. */
  #beginnings: Int32Array = new Int32Array(0);
  #order: Int32Array = new Int32Array(0);
  #count = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get count(): number {
    return this.#count;
  }

  /** Where member `i` begins. */
  start(i: number): number {
    return this.#places.first(at32(this.#order, i));
  }

  end(i: number): number {
    return this.#places.second(at32(this.#order, i));
  }

  /** Reads all members of a map and sorts them. */
  *read(page: TextPage, member: KeyValueView): Writing {
    while (member.next()) {
      const { key, start, end } = member;
      const last = this.#keys.count - 1;
      // Millions of members without a key are one.
      if (last >= 0 && key.length === 0 && this.#keys.first(last) === this.#keys.second(last))
        this.#places.set(last, start, end);
      else {
        this.#keys.add(key.start, key.end);
        this.#places.add(start, end);
      }
      page.read(foundAsBytes + end - start);
      if (page.isFull) yield;
    }
    const { count } = this.#keys;
    this.#order = new Int32Array(count);
    this.#beginnings = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      this.#order[i] = i;
      this.#beginnings[i] = this.#beginning(this.#keys.first(i), this.#keys.second(i));
      page.read(movedAsBytes);
      if (page.isFull) yield;
    }
    yield* this.#sort(page);
    for (let i = 0; i < count; i++) {
      const next = at32(this.#order, i);
      if (this.#count > 0 && this.#compare(at32(this.#order, this.#count - 1), next) === 0) this.#count--;
      this.#order[this.#count++] = next;
      page.read(movedAsBytes);
      if (page.isFull) yield;
    }
  }

  /** A merge sort in pieces. Equal keys stay in their order. */
  *#sort(page: TextPage): Writing {
    const { length } = this.#order;
    for (let from = 0; from < length; from += run) {
      this.#order.subarray(from, from + run).sort((a, b) => this.#compare(a, b));
      page.read(Math.min(run, length - from) * sortedAsBytes);
      if (page.isFull) yield;
    }
    let other: Int32Array = new Int32Array(length > run ? length : 0);
    for (let width = run; width < length; width *= 2) {
      for (let from = 0; from < length; from += width * 2) {
        const middle = Math.min(from + width, length);
        const end = Math.min(middle + width, length);
        for (let at = from, a = from, b = middle; at < end; at++) {
          const first = b === end || (a < middle && this.#compare(at32(this.#order, a), at32(this.#order, b)) <= 0);
          other[at] = at32(this.#order, first ? a++ : b++);
          if (at % run !== 0) continue;
          page.read(run * movedAsBytes);
          if (page.isFull) yield;
        }
      }
      [this.#order, other] = [other, this.#order];
    }
  }

  #compare(a: number, b: number): number {
    const difference = at32(this.#beginnings, a) - at32(this.#beginnings, b);
    if (difference !== 0) return difference;
    const keys = this.#keys;
    return this.#bytes.compare(this.#bytes, keys.first(b), keys.second(b), keys.first(a), keys.second(a));
  }

  #beginning(from: number, to: number): number {
    let beginning = 0;
    for (let i = 0; i < 4; i++) beginning = (beginning << 8) | (from + i < to ? byteAt(this.#bytes, from + i) : 0);
    return beginning ^ (1 << 31);
  }
}
