import { tagOf } from '../fields.js';
import type { Key } from '../view/key.js';
import { lengthAt, varintEnd, varintSize } from '../wire/varint.js';
import type { MessageWriter } from './message-writer.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');

/** Attributes from bytes that are known already: lengths are computed, so that nothing has to be opened and closed. */

/** Writes a KeyValue as a field with `tag`; its value is the text `bytes[from, to)`. */
export function writeTextAttribute(
  writer: MessageWriter,
  tag: number,
  key: Key,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  const value = 1 + varintSize(to - from) + to - from;
  begin(writer, tag, key, value);
  writer.tag(textTag);
  writer.delimitedRun(bytes, from, to);
}

/** Writes an AnyValue as a field with `tag`; it is the text `bytes[from, to)`. */
export function writeTextValue(writer: MessageWriter, tag: number, bytes: Buffer, from: number, to: number): void {
  writer.tag(tag);
  writer.varint(1 + varintSize(to - from) + to - from);
  writer.tag(textTag);
  writer.delimitedRun(bytes, from, to);
}

/** The same for the body `bytes[from, to)` of an AnyValue. */
export function writeEncodedAttribute(
  writer: MessageWriter,
  tag: number,
  key: Key,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  begin(writer, tag, key, to - from);
  writer.rawRun(bytes, from, to);
}

/** Writes attributes of `bytes[from, to)`, each a length and the body of a KeyValue, as fields with `tag`. */
export function writeEncodedAttributes(
  writer: MessageWriter,
  tag: number,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  for (let at = from; at < to;) {
    const start = varintEnd(bytes, at);
    const end = start + lengthAt(bytes, at);
    writer.tag(tag);
    writer.delimitedRun(bytes, start, end);
    at = end;
  }
}

/** Writes what stands before a value of `size` bytes. */
function begin(writer: MessageWriter, tag: number, key: Key, size: number): void {
  const keySize = key.bytes.length;
  writer.tag(tag);
  writer.varint(2 + varintSize(keySize) + keySize + varintSize(size) + size);
  writer.tag(keyTag);
  writer.delimited(key.bytes);
  writer.tag(valueTag);
  writer.varint(size);
}
