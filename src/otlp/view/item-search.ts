import type { Batch } from '../batch.js';
import { tagOf, type Field } from '../fields.js';
import { at32, byteAt } from '../wire/at.js';
import type { Index } from '../wire/item-index.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { hasKey } from './attributes.js';
import { Backing } from './backing.js';
import type { Key } from './key.js';
import { KeyValueView, type ValueView } from './value.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const attributesTags: Readonly<Record<'Span' | 'LogRecord', number>> = {
  Span: tagOf('Span', 'attributes'),
  LogRecord: tagOf('LogRecord', 'attributes'),
};
const noRows: Index['items'] = new Int32Array(0);

/** Where a field stands in the bytes of a batch: where its tag begins, its value begins, and it ends. */
export class FieldPlace {
  /** -1: the field is not there. */
  start = -1;
  from = 0;
  to = 0;

  get isThere(): boolean {
    return this.start >= 0;
  }

  set(start: number, from: number, to: number): void {
    this.start = start;
    this.from = from;
    this.to = to;
  }
}

/**
 * Looks for one field of an item and for attributes with some keys, in one pass over the item: for what is asked of
 * every span or log record, where each look-up of a view would be a pass of its own.
 * ```
 * const search = new ItemSearch('Span', fieldOf('Span', 'trace_state'), [key('http.route')]);   // once
 * search.open(batch);
 * for (let row = 0; row < batch.index.itemCount; row++) {
 *   search.move(row);
 *   if (search.attribute(0).isThere && search.value(0).is(health)) ...
 * }
 * ```
 */
export class ItemSearch {
  /** The last occurrence of the field, which is the one that counts. */
  readonly field: FieldPlace = new FieldPlace();
  /** How often the field is there: pieces of a message are one. */
  fieldCount = 0;
  readonly #fieldTag: number;
  readonly #attributesTag: number;
  readonly #keys: readonly Key[];
  /** By key: the first attribute that has it, as in the Collector. */
  readonly #attributes: readonly FieldPlace[];
  /** By length below 128: 1 when a key has it. */
  readonly #lengths: Uint8Array = new Uint8Array(128);
  readonly #backing: Backing = new Backing();
  readonly #pair: KeyValueView = new KeyValueView();
  #items: Int32Array = noRows;
  #missing = 0;

  constructor(message: 'Span' | 'LogRecord', field: Field | undefined, keys: readonly Key[]) {
    this.#fieldTag = field?.tag ?? -1;
    this.#attributesTag = attributesTags[message];
    this.#keys = keys;
    this.#attributes = keys.map(() => new FieldPlace());
    for (const { bytes } of keys) if (bytes.length < 128) this.#lengths[bytes.length] = 1;
  }

  /** Moves to a batch; nothing is found yet. */
  open({ bytes, index }: Batch): void {
    this.#backing.bytes = bytes;
    this.#items = index.items;
  }

  /** Lets go of the batch. */
  close(): void {
    this.#backing.drop();
    this.#items = noRows;
  }

  /** Looks through the item in a row of the index. */
  move(row: number): void {
    const { bytes } = this.#backing;
    const items = this.#items;
    const to = at32(items, row * 4 + 2);
    this.field.start = -1;
    this.fieldCount = 0;
    for (const place of this.#attributes) place.start = -1;
    this.#missing = this.#keys.length;
    for (let at = at32(items, row * 4 + 1); at < to;) {
      const start = at;
      // Tags and lengths of one byte are nearly all there are.
      let tag = byteAt(bytes, at++);
      if (tag > 127) {
        tag = tagAt(bytes, start);
        at = varintEnd(bytes, start);
      }
      if (tag % 8 !== 2) {
        at = tag % 8 === 1 ? at + 8 : skipValue(bytes, at, tag % 8);
        continue;
      }
      let length = byteAt(bytes, at);
      let from = at + 1;
      if (length > 127) {
        length = lengthAt(bytes, at);
        from = varintEnd(bytes, at);
      }
      at = from + length;
      if (tag === this.#attributesTag) {
        if (this.#missing > 0) this.#compare(bytes, start, from, at);
      } else if (tag === this.#fieldTag) {
        this.field.set(start, from, at);
        this.fieldCount++;
      }
    }
  }

  /** Where the attribute with key `i` stands. */
  attribute(i: number): FieldPlace {
    return this.#attributes[i] as FieldPlace;
  }

  /** The value of the attribute with key `i`, empty when it is not there. Moves with the next one that is asked for. */
  value(i: number): ValueView {
    const { isThere, from, to } = this.attribute(i);
    return this.#pair.move(this.#backing, isThere ? from : 0, isThere ? to : 0).value;
  }

  /** Compares the key of an attribute with those that are looked for. */
  #compare(bytes: Uint8Array, start: number, from: number, to: number): void {
    // In the plain form a short key is the first of two fields, and the value the second.
    const keyLength = byteAt(bytes, from + 1);
    const behind = from + 2 + keyLength;
    if (to - from < 2 || byteAt(bytes, from) !== keyTag || keyLength > 127 || !isOnlyValue(bytes, behind, to)) {
      this.#compareAny(bytes, start, from, to);
      return;
    }
    if (this.#lengths[keyLength] === 0) return;
    for (let i = 0; i < this.#keys.length; i++)
      if ((this.#keys[i] as Key).equals(bytes, from + 2, behind)) this.#note(i, start, from, to);
  }

  /** The same for a KeyValue of any form. */
  #compareAny(bytes: Uint8Array, start: number, from: number, to: number): void {
    for (const [i, key] of this.#keys.entries()) if (hasKey(bytes, from, to, key)) this.#note(i, start, from, to);
  }

  #note(i: number, start: number, from: number, to: number): void {
    const place = this.attribute(i);
    if (place.isThere) return;
    place.set(start, from, to);
    this.#missing--;
  }
}

/** Whether `[from, to)` is the value of an attribute and nothing else. */
function isOnlyValue(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 2 || byteAt(bytes, from) !== valueTag) return false;
  const length = byteAt(bytes, from + 1);
  if (length < 128) return from + 2 + length === to;
  return varintEnd(bytes, from + 1) + lengthAt(bytes, from + 1) === to;
}
