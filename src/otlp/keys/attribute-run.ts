import { tagOf } from '../fields.js';
import { varintSize, writeVarint } from '../wire/varint.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
/** A buffer that grew beyond this for one message is not kept, bytes. */
const mostKept = 1 << 20;

/** Attributes one after the other, each its length and the body of a KeyValue: as `Builder.encodedAttributes` takes. */
export class AttributeRun {
  #bytes: Buffer = Buffer.allocUnsafe(512);
  length = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  clear(): this {
    this.length = 0;
    if (this.#bytes.length > mostKept) this.#bytes = Buffer.allocUnsafe(512);
    return this;
  }

  /** Adds an attribute, of which `bytes[from, to)` is the body. */
  add(bytes: Uint8Array, from: number, to: number): void {
    this.#room(10 + to - from);
    const at = writeVarint(this.#bytes, this.length, to - from);
    this.#bytes.set(bytes.subarray(from, to), at);
    this.length = at + to - from;
  }

  /** Adds an attribute with the name `bytes[from, to)` and a text. */
  addText(bytes: Uint8Array, from: number, to: number, text: Uint8Array): void {
    const name = to - from;
    const value = 1 + varintSize(text.length) + text.length;
    const body = 1 + varintSize(name) + name + 1 + varintSize(value) + value;
    this.#room(10 + body);
    const own = this.#bytes;
    let at = writeVarint(own, this.length, body);
    at = writeVarint(own, writeVarint(own, at, keyTag), name);
    own.set(bytes.subarray(from, to), at);
    at = writeVarint(own, writeVarint(own, at + name, valueTag), value);
    at = writeVarint(own, writeVarint(own, at, textTag), text.length);
    own.set(text, at);
    this.length = at + text.length;
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + bytes));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
