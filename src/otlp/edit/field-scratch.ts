import { Double } from '../build/any-value.js';
import type { MessageWriter } from '../build/message-writer.js';
import { tagOf } from '../fields.js';
import type { Key } from '../view/key.js';
import { byteAt } from '../wire/at.js';
import { copyWords } from '../wire/copy-words.js';
import { dataViewOf } from '../wire/viewed-bytes.js';
import { varintEnd, varintSize, writeVarint } from '../wire/varint.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
const boolTag = tagOf('AnyValue', 'bool_value');
const intTag = tagOf('AnyValue', 'int_value');
const doubleTag = tagOf('AnyValue', 'double_value');

/** Bytes that are kept for the next field. */
const mostKept = 1 << 20;
/** Text of at most this length is written by a loop while it is ASCII. */
const shortText = 64;

/** Writes one field whose size is known before, to be compared and copied. */
export class FieldScratch {
  bytes: Buffer = Buffer.allocUnsafe(4096);
  /** The same bytes. */
  words: DataView = dataViewOf(this.bytes);
  /** Bytes that were written. */
  length = 0;
  /** Where the body of the field begins, and in an attribute its key. */
  bodyAt = 0;
  keyAt = 0;
  /** The attribute that the bytes are; undefined: they are another field. */
  #key: Key | undefined;
  #value: string | boolean | bigint | Double | null = null;
  #tag = 0;

  /** A text field. */
  text(tag: number, text: string): void {
    this.#key = undefined;
    const size = Buffer.byteLength(text);
    this.#room(size + 20);
    this.bodyAt = writeVarint(this.bytes, writeVarint(this.bytes, 0, tag), size);
    this.length = this.#writeText(this.bodyAt, text, size);
  }

  /** An attribute with a value that is neither bytes nor a list nor a map. The one written last is there already. */
  attribute(tag: number, key: Key, value: string | boolean | bigint | Double | null): void {
    if (key === this.#key && value === this.#value && tag === this.#tag) return;
    const name = key.bytes;
    const text = typeof value === 'string' ? Buffer.byteLength(value) : 0;
    // A long text would be kept as long as this.
    this.#key = text > shortText ? undefined : key;
    this.#value = text > shortText ? null : value;
    this.#tag = tag;
    this.#room(name.length + text + 60);
    const size = typeof value === 'string' ? sized(text) : plainSize(value);
    let at = writeVarint(this.bytes, 0, tag);
    at = writeVarint(this.bytes, at, sized(name.length) + sized(size));
    this.bodyAt = at;
    at = writeVarint(this.bytes, writeVarint(this.bytes, at, keyTag), name.length);
    this.keyAt = at;
    at = copyWords(key.words, 0, name.length, this.words, at);
    at = writeVarint(this.bytes, writeVarint(this.bytes, at, valueTag), size);
    if (typeof value === 'string')
      this.length = this.#writeText(writeVarint(this.bytes, writeVarint(this.bytes, at, textTag), text), value, text);
    else this.length = this.#writePlain(at, value);
  }

  /** The field that a writer has, which is empty then. */
  take(writer: MessageWriter): void {
    this.#key = undefined;
    this.#room(writer.size);
    this.length = writer.finishInto(this.bytes, 0);
    this.bodyAt = varintEnd(this.bytes, varintEnd(this.bytes, 0));
    this.keyAt = varintEnd(this.bytes, this.bodyAt + 1);
  }

  /** Whether these bytes stand in `[from, to)` of others. */
  isAt(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from !== this.length) return false;
    for (let i = 0; i < this.length; i++) if (byteAt(bytes, from + i) !== byteAt(this.bytes, i)) return false;
    return true;
  }

  #writeText(at: number, text: string, size: number): number {
    // A text with as many bytes as units is ASCII, which a loop writes faster than the call into the runtime.
    if (size !== text.length || size > shortText) return at + this.bytes.write(text, at);
    for (let i = 0; i < size; i++) this.bytes[at + i] = text.charCodeAt(i);
    return at + size;
  }

  #writePlain(at: number, value: boolean | bigint | Double | null): number {
    const { bytes } = this;
    if (value === null) return at;
    if (typeof value === 'boolean') return writeVarint(bytes, writeVarint(bytes, at, boolTag), value ? 1 : 0);
    if (value instanceof Double) {
      const next = writeVarint(bytes, at, doubleTag);
      // Not-a-number has the bits that the Collector gives it.
      if (Number.isNaN(value.value)) return bytes.writeBigUInt64LE(0x7ff8000000000001n, next);
      return bytes.writeDoubleLE(value.value, next);
    }
    return writeInt(bytes, writeVarint(bytes, at, intTag), value);
  }

  #allocate(bytes: number): void {
    this.bytes = Buffer.allocUnsafe(bytes);
    this.words = dataViewOf(this.bytes);
  }

  #room(bytes: number): void {
    if (bytes > this.bytes.length || this.bytes.length > mostKept) this.#allocate(Math.max(4096, bytes));
  }
}

/** Bytes of a field with a tag of one byte, its length and its body. */
function sized(body: number): number {
  return 1 + varintSize(body) + body;
}

function plainSize(value: boolean | bigint | Double | null): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 2;
  return value instanceof Double ? 9 : 1 + intSize(value);
}

function intSize(value: bigint): number {
  if (value >= 0n && value <= 0x1f_ffff_ffff_ffffn) return varintSize(Number(value));
  let size = 1;
  for (let rest = BigInt.asUintN(64, value); rest > 127n; rest >>= 7n) size++;
  return size;
}

function writeInt(bytes: Buffer, at: number, value: bigint): number {
  if (value >= 0n && value <= 0x1f_ffff_ffff_ffffn) return writeVarint(bytes, at, Number(value));
  let next = at;
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes[next++] = Number(rest & 127n) | 128;
  bytes[next++] = Number(rest);
  return next;
}
