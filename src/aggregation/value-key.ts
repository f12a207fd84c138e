import { mapHash, valueHash } from '../otlp/keys/map-hash.js';
import type { AttributedView } from '../otlp/view/attributes.js';
import type { Range } from '../otlp/view/range.js';
import type { ValueView } from '../otlp/view/value.js';
import { byteAt } from '../otlp/wire/at.js';

/** The mark before each part of a key. */
const mark = {
  ...{ absent: 0, number: 1, name: 2, empty: 3, text: 4, bytes: 5, yes: 6, no: 7, int: 8, double: 9, members: 10 },
} as const;
const hashBytes = 16;

/**
 * A key of attribute values that tells them apart by type and content, however they are encoded: the text "1" and the
 * int 1 are two. Lists and maps stand in it as their hash (docs/spec/gateway.md#identities), in which the order of
 * entries does not matter. Made once; no object for a key.
 */
export class ValueKey {
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;

  /** Begins a key. */
  clear(): this {
    this.length = 0;
    return this;
  }

  /** Adds a whole number of 32 bits, such as that of a resource. */
  number(value: number): void {
    this.#put(mark.number);
    this.#word(value);
  }

  /** Adds that there is no value. */
  absent(): void {
    this.#put(mark.absent);
  }

  /** Adds a name. */
  text(name: string): void {
    const bytes = Buffer.from(name);
    this.#put(mark.name);
    this.#word(bytes.length);
    this.#room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Adds the attributes of a message, whose order makes no difference. */
  attributes(view: AttributedView): void {
    this.#put(mark.members);
    this.#room(hashBytes);
    mapHash(view, this.bytes.subarray(this.length, this.length + hashBytes));
    this.length += hashBytes;
  }

  value(view: ValueView): void {
    switch (view.type) {
      case 'string':
        this.#range(mark.text, view.string);
        return;
      case 'bytes':
        this.#range(mark.bytes, view.bytesValue);
        return;
      case 'bool':
        this.#put(view.bool ? mark.yes : mark.no);
        return;
      case 'int':
        this.#word64(mark.int, view.int);
        return;
      case 'double':
        this.#word64(mark.double, view.doubleBits);
        return;
      case 'array':
      case 'map':
        this.#put(mark.members);
        this.#room(hashBytes);
        valueHash(view, this.bytes, this.length);
        this.length += hashBytes;
        return;
      default:
        this.#put(mark.empty);
    }
  }

  #range(kind: number, range: Range): void {
    const { bytes, start, end } = range;
    this.#put(kind);
    this.#word(end - start);
    this.#room(end - start);
    for (let at = start; at < end; at++) this.bytes[this.length++] = byteAt(bytes, at);
  }

  #word64(kind: number, { low, high }: { readonly low: number; readonly high: number }): void {
    this.#put(kind);
    this.#word(low);
    this.#word(high);
  }

  #word(word: number): void {
    this.#room(4);
    this.bytes[this.length++] = word;
    this.bytes[this.length++] = word >>> 8;
    this.bytes[this.length++] = word >>> 16;
    this.bytes[this.length++] = word >>> 24;
  }

  #put(byte: number): void {
    this.#room(1);
    this.bytes[this.length++] = byte;
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const more = new Uint8Array(Math.max(this.bytes.length * 2, this.length + bytes));
    more.set(this.bytes);
    this.bytes = more;
  }
}
