import { tagOf } from '../fields.js';
import type { Key } from '../view/key.js';
import type { ViewedBytes } from '../wire/viewed-bytes.js';
import { lengthAt, varintEnd, varintSize } from '../wire/varint.js';
import type { MessageWriter } from './message-writer.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');

/** Attributes from bytes that are known already: lengths are computed, so that nothing has to be opened and closed. */

/** Writes a KeyValue as a field with `tag`; its value is the text `[from, to)` of `source`. */
export function writeTextAttribute(
  writer: MessageWriter,
  tag: number,
  key: Key,
  source: ViewedBytes,
  from: number,
  to: number,
): void {
  writer.keyHead(tag, keyTag, key, valueTag, 1 + varintSize(to - from) + to - from);
  writer.tag(textTag);
  writer.varint(to - from);
  writer.viewedRun(source, from, to);
}

/** Writes an AnyValue as a field with `tag`; it is the text `bytes[from, to)`. */
export function writeTextValue(writer: MessageWriter, tag: number, bytes: Buffer, from: number, to: number): void {
  writer.tag(tag);
  writer.varint(1 + varintSize(to - from) + to - from);
  writer.tag(textTag);
  writer.delimitedRun(bytes, from, to);
}

/** The same for the body `[from, to)` of an AnyValue. */
export function writeEncodedAttribute(
  writer: MessageWriter,
  tag: number,
  key: Key,
  source: ViewedBytes,
  from: number,
  to: number,
): void {
  writer.keyHead(tag, keyTag, key, valueTag, to - from);
  writer.viewedRun(source, from, to);
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
