import type { AttributedView } from '../view/attributes.js';
import type { MessageView } from '../view/message.js';
import type { Range } from '../view/range.js';
import { byteAt } from '../wire/at.js';
import { hashOfKey } from './byte-table.js';

/** A buffer that grew beyond this for one key is not kept, bytes. */
const mostKept = 1024 * 1024;
const usual = 4096;

/**
 * A key for a `ByteTable`, put together from numbers and from bytes of a batch. One is filled again and again. Each
 * part has its length before it, so that no two lists of parts make one key.
 */
export class KeyBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(usual);
  length = 0;

  reset(): this {
    this.length = 0;
    if (this.bytes.length > mostKept) this.bytes = Buffer.allocUnsafeSlow(usual);
    return this;
  }

  get hash(): number {
    return hashOfKey(this.bytes, 0, this.length);
  }

  /** The key in memory of its own. */
  copy(): Buffer {
    const own = Buffer.allocUnsafeSlow(this.length);
    this.bytes.copy(own, 0, 0, this.length);
    return own;
  }

  byte(value: number): this {
    this.#room(1);
    this.bytes[this.length++] = value;
    return this;
  }

  /** A whole number below 2^48. */
  number(value: number): this {
    this.#room(6);
    this.length = this.bytes.writeUIntLE(value, this.length, 6);
    return this;
  }

  text(text: string): this {
    const size = Buffer.byteLength(text);
    this.number(size);
    this.#room(size);
    this.length += this.bytes.write(text, this.length);
    return this;
  }

  /** Bytes as they are, without their length: for the last part only. */
  bytesOf(source: Uint8Array): this {
    this.#room(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
    return this;
  }

  /** A run of bytes, with its length. */
  part(source: Uint8Array, from: number, to: number): this {
    return this.#run(source, from, to);
  }

  /** A run of bytes without its length, for parts whose length was added before. */
  raw(source: Uint8Array, from: number, to: number): this {
    this.#room(to - from);
    this.bytes.set(source.subarray(from, to), this.length);
    this.length += to - from;
    return this;
  }

  range(range: Range): this {
    return this.#run(range.bytes, range.start, range.end);
  }

  /** All bytes of a message, as it was sent. */
  message({ fields }: MessageView): this {
    for (let piece = 0; piece < fields.pieceCount; piece++)
      this.#run(fields.bytes, fields.pieceFrom(piece), fields.pieceTo(piece));
    return this;
  }

  /** The attributes of a message, in the order in which they were sent. */
  attributes(view: AttributedView): this {
    for (const pair = view.attributes(); pair.next();) this.#run(pair.backing.bytes, pair.start, pair.end);
    return this;
  }

  #run(source: Uint8Array, from: number, to: number): this {
    const size = to - from;
    this.#room(size + 6);
    const { bytes } = this;
    let at = bytes.writeUIntLE(size, this.length, 6);
    if (size > 64) bytes.set(source.subarray(from, to), at);
    else for (let i = 0; i < size; i++) bytes[at + i] = byteAt(source, from + i);
    at += size;
    this.length = at;
    return this;
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
