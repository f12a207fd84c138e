import { byteAt } from '../wire/at.js';
import { Backing } from './backing.js';
import type { Key } from './key.js';

const none = new Backing();

/**
 * A run of bytes in a batch: a text, an ID or a value of type bytes. A view has one for each such field and moves it;
 * what must be kept is copied out, with `toString`, `hex` or by its bytes.
 */
export class Range {
  #backing: Backing = none;
  /** Offset of the first byte in `bytes`. */
  start = 0;
  /** Offset behind the last byte. */
  end = 0;

  /** The bytes of the whole batch. */
  get bytes(): Uint8Array {
    return this.#backing.bytes;
  }

  get length(): number {
    return this.end - this.start;
  }

  move(backing: Backing, start: number, end: number): this {
    this.#backing = backing;
    this.start = start;
    this.end = end;
    return this;
  }

  /** Whether these are the bytes of a prepared text, without making a string: `span.name.is(healthCheck)`. */
  is(text: Key): boolean {
    return text.equals(this.bytes, this.start, this.end);
  }

  /** Whether another range has the same bytes. */
  equals(other: Range): boolean {
    const length = this.end - this.start;
    if (other.end - other.start !== length) return false;
    const { bytes, start } = this;
    for (let i = 0; i < length; i++)
      if (byteAt(bytes, start + i) !== byteAt(other.bytes, other.start + i)) return false;
    return true;
  }

  /** The bytes as UTF-8, what is invalid as U+FFFD. Makes a string. */
  toString(): string {
    const { bytes } = this;
    // Nearly all batches are Buffers, of which a part can be read without an object for it.
    return bytes instanceof Buffer ? bytes.toString('utf8', this.start, this.end) : this.#own().toString();
  }

  /** The bytes in hexadecimal, as trace and span IDs are written. Makes a string. */
  hex(): string {
    return this.#own().toString('hex');
  }

  /** A copy of the bytes, for what outlives the batch. */
  copy(): Uint8Array {
    return this.bytes.slice(this.start, this.end);
  }

  #own(): Buffer {
    const { buffer, byteOffset, byteLength } = this.bytes.subarray(this.start, this.end);
    return Buffer.from(buffer, byteOffset, byteLength);
  }
}
