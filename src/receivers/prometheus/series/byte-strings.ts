import { SeededHash } from '../../../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../../../otlp/wire/at.js';

const hash: SeededHash = new SeededHash();

/**
 * Byte strings, each known by a number: 0, 1, 2, ... in the order in which they came. They lie one behind the other in
 * one buffer, so that a million of them are no objects at all.
 */
export class ByteStrings {
  /** All strings; what is behind the last one is free. */
  bytes: Buffer;
  #used = 0;
  #count = 0;
  #from: Int32Array;
  #hash: Int32Array;
  /** Open addressing: the number of a string plus 1; 0 is free. At most half of it is in use. */
  #slots: Int32Array;

  constructor(strings = 64, bytes = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.#from = new Int32Array(strings + 1);
    this.#hash = new Int32Array(strings);
    this.#slots = new Int32Array(strings * 2);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of memory. */
  get memory(): number {
    return this.bytes.length + this.#from.byteLength + this.#hash.byteLength + this.#slots.byteLength;
  }

  /** Where string `i` begins in `bytes`. It ends where the next one begins. */
  from(i: number): number {
    return at32(this.#from, i);
  }

  to(i: number): number {
    return at32(this.#from, i + 1);
  }

  length(i: number): number {
    return at32(this.#from, i + 1) - at32(this.#from, i);
  }

  /** Whether `source` continues at `at` with string `i`. */
  isAt(i: number, source: Buffer, at: number): boolean {
    const from = at32(this.#from, i);
    const length = at32(this.#from, i + 1) - from;
    const { bytes } = this;
    // Series that follow each other begin alike: the end differs first. There is none where the source is too short.
    if (length > 0 && byteAt(source, at + length - 1) !== byteAt(bytes, from + length - 1)) return false;
    if (length > 96) return bytes.compare(source, at, at + length, from, from + length) === 0;
    for (let k = length - 2; k >= 0; k--) if (byteAt(source, at + k) !== byteAt(bytes, from + k)) return false;
    return true;
  }

  /** The number of the string `source[from, to)`; -1 when it is not there. */
  find(source: Buffer, from: number, to: number): number {
    const wanted = hash.of(source, from, to);
    const mask = this.#slots.length - 1;
    for (let slot = wanted & mask; ; slot = (slot + 1) & mask) {
      const i = at32(this.#slots, slot) - 1;
      if (i < 0) return -1;
      if (at32(this.#hash, i) === wanted && this.length(i) === to - from && this.isAt(i, source, from)) return i;
    }
  }

  /** Adds a string that is not there, and returns its number. */
  add(source: Buffer, from: number, to: number): number {
    const length = to - from;
    const i = this.#count;
    if (i === this.#hash.length) this.#grow();
    if (this.#used + length > this.bytes.length) this.#moreBytes(length);
    source.copy(this.bytes, this.#used, from, to);
    this.#used += length;
    this.#from[i + 1] = this.#used;
    const own = hash.of(source, from, to);
    this.#hash[i] = own;
    this.#place(i, own);
    this.#count = i + 1;
    return i;
  }

  /** The number of a string, which is added when it is not there. */
  intern(source: Buffer, from: number, to: number): number {
    const found = this.find(source, from, to);
    return found >= 0 ? found : this.add(source, from, to);
  }

  #place(i: number, own: number): void {
    const mask = this.#slots.length - 1;
    let slot = own & mask;
    while (at32(this.#slots, slot) !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = i + 1;
  }

  #grow(): void {
    const strings = this.#hash.length * 2;
    this.#from = longer(this.#from, strings + 1);
    this.#hash = longer(this.#hash, strings);
    this.#slots = new Int32Array(strings * 2);
    for (let i = 0; i < this.#count; i++) this.#place(i, at32(this.#hash, i));
  }

  #moreBytes(length: number): void {
    const more = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.#used + length));
    this.bytes.copy(more, 0, 0, this.#used);
    this.bytes = more;
  }
}

function longer(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(length);
  more.set(numbers);
  return more;
}
