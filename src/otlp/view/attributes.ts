import { tagOf } from '../fields.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { Key } from './key.js';
import type { Layout } from './layout.js';
import { MessageView } from './message.js';
import { KeyValueView, type ValueView } from './value.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');

/** A message that has attributes. */
export class AttributedView extends MessageView {
  readonly #field: number;
  readonly #attributes: KeyValueView = new KeyValueView();

  /** @param field - the number of the field in which the attributes stand */
  constructor(layout: Layout, field: number) {
    super(layout);
    this.#field = field;
  }

  /** All attributes in their order, those whose key comes again too. */
  attributes(): KeyValueView {
    return this.readList(this.#field, this.#attributes);
  }

  /**
   * Looks for an attribute and moves `value` to it; false, and an empty value, when there is none. Of a key that comes twice the first counts,
   * as in the Collector.
   * ```
   * const route = key('http.route');   // once
   * if (span.attribute(route, value) && value.is(health)) ...
   * ```
   */
  attribute(key: Key, value: ValueView): boolean {
    const { bytes } = this;
    const wanted = this.#field * 8 + 2;
    for (let piece = 0; piece < this.pieceCount; piece++) {
      const to = this.pieceTo(piece);
      for (let at = this.pieceFrom(piece); at < to;) {
        const tag = tagAt(bytes, at);
        at = varintEnd(bytes, at);
        if (tag % 8 !== 2) {
          at = skipValue(bytes, at, tag % 8);
          continue;
        }
        const from = varintEnd(bytes, at);
        at = from + lengthAt(bytes, at);
        if (tag === wanted && hasKey(bytes, from, at, key)) {
          moveToValue(this, from, at, value);
          return true;
        }
      }
    }
    value.clear();
    return false;
  }
}

/** Whether the KeyValue `[from, to)` has a key; the last occurrence counts. */
function hasKey(bytes: Uint8Array, from: number, to: number, key: Key): boolean {
  let same = key.bytes.length === 0;
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === keyTag) same = key.equals(bytes, varintEnd(bytes, at), end);
    at = end;
  }
  return same;
}

/** Moves `value` to the value in the KeyValue `[from, to)`; pieces of it are one value. */
function moveToValue({ backing, bytes }: MessageView, from: number, to: number, value: ValueView): void {
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
