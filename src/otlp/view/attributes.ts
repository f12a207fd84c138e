import { tagOf } from '../fields.js';
import { byteAt } from '../wire/at.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { Key } from './key.js';
import type { MessageFields } from './message-fields.js';
import { MessageView } from './message.js';
import { KeyValueView, type ValueView } from './value.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');

/** A message that has attributes. */
export class AttributedView extends MessageView {
  readonly #attributes: KeyValueView = new KeyValueView();

  /** All attributes in their order, those whose key comes again too. */
  attributes(): KeyValueView {
    const { fields } = this;
    fields.list(fields.attributesField, this.#attributes.fields);
    return this.#attributes;
  }

  /**
   * Looks for an attribute and moves `value` to it; false, and an empty value, when there is none. Of a key that comes
   * twice the first counts, as in the Collector.
   * ```
   * const route = key('http.route');   // once
   * if (span.attribute(route, value) && value.is(health)) ...
   * ```
   */
  attribute(key: Key, value: ValueView): boolean {
    return findAttribute(this.fields, key, value.fields);
  }
}

/** Moves `value` to the first attribute of a key in a message; false, and to nothing, when there is none. */
export function findAttribute(fields: MessageFields, key: Key, value: MessageFields): boolean {
  const { bytes } = fields;
  const wanted = fields.attributesField * 8 + 2;
  for (let piece = 0; piece < fields.pieceCount; piece++) {
    const to = fields.pieceTo(piece);
    for (let at = fields.pieceFrom(piece); at < to;) {
      // Tags and lengths of one byte are nearly all there are.
      let tag = byteAt(bytes, at);
      const start = at++;
      if (tag > 127) {
        tag = tagAt(bytes, start);
        at = varintEnd(bytes, start);
      }
      if (tag % 8 !== 2) {
        at = skipValue(bytes, at, tag % 8);
        continue;
      }
      let length = byteAt(bytes, at);
      let from = at + 1;
      if (length > 127) {
        length = lengthAt(bytes, at);
        from = varintEnd(bytes, at);
      }
      at = from + length;
      if (tag === wanted && hasKey(bytes, from, at, key)) {
        moveToValue(fields, from, at, value);
        return true;
      }
    }
  }
  value.clear();
  return false;
}

/** Bytes of the longest attribute, its key and value together; 0 when there is none. */
export function longestAttribute(fields: MessageFields): number {
  const { bytes } = fields;
  const wanted = fields.attributesField * 8 + 2;
  let longest = 0;
  for (let piece = 0; piece < fields.pieceCount; piece++) {
    const to = fields.pieceTo(piece);
    for (let at = fields.pieceFrom(piece); at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      if (tag === wanted && end - at > longest) longest = end - at;
      at = end;
    }
  }
  return longest;
}

/** Whether the KeyValue `[from, to)` has a key; the last occurrence counts. */
export function hasKey(bytes: Uint8Array, from: number, to: number, key: Key): boolean {
  let at = from;
  let same = key.bytes.length === 0;
  // In the plainest form the key is the first of two fields.
  if (to - from > 1 && byteAt(bytes, from) === keyTag && byteAt(bytes, from + 1) < 128) {
    const start = from + 2;
    at = start + byteAt(bytes, from + 1);
    same = key.equals(bytes, start, at);
    if (to - at > 1 && byteAt(bytes, at) === valueTag && byteAt(bytes, at + 1) < 128) at += 2 + byteAt(bytes, at + 1);
  }
  while (at < to) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === keyTag) same = key.equals(bytes, varintEnd(bytes, at), end);
    at = end;
  }
  return same;
}

/** Moves `value` to the value in the KeyValue `[from, to)`; pieces of it are one value. */
function moveToValue({ backing, bytes }: MessageFields, from: number, to: number, value: MessageFields): void {
  value.clear();
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === valueTag) {
      if (value.pieceCount === 0) value.move(backing, varintEnd(bytes, at), end);
      else value.extend(varintEnd(bytes, at), end);
    }
    at = end;
  }
}
