import { Double, writeAttribute, type AttributeValue } from '../build/any-value.js';
import { tagOf, type Field } from '../fields.js';
import type { Key } from '../view/key.js';
import type { MessageFields } from '../view/message-fields.js';
import { Range } from '../view/range.js';
import { at32, byteAt } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { Overlay } from './overlay.js';
import { isZero, writeNumber, type NumberValue } from './number-value.js';
import { FieldScratch } from './field-scratch.js';
import { attributesOf, hasAttributes } from './shapes.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');

/** Numbers of a row: where a field begins, its body begins, it ends; its number; bounds of the key of an attribute. */
const rowSize = 6;
/** In place of the number: a field that was removed, and one that no table has. */
const gone = 0;
const unknown = 32;

/**
 * The fields of one item in a table, for items that every statement changes: a field is looked up and replaced without
 * a pass over the bytes, and the item is written once, when it is left. Only plain changes are made here.
 */
export class ItemTable {
  /** Whether the item was changed since it was opened. */
  isChanged = false;
  readonly #overlay: Overlay;
  /** Apart, since most statements set the same attribute of every item, which then is written once. */
  readonly #attribute: FieldScratch = new FieldScratch();
  readonly #field: FieldScratch = new FieldScratch();
  #rows: Int32Array = new Int32Array(rowSize * 64);
  #used = 0;
  #attributes = 0;
  #attributesTag = 0;
  readonly #key: Range = new Range();

  constructor(overlay: Overlay) {
    this.#overlay = overlay;
  }

  /**
   * Finds the fields of an item, which is where `fields` are. False when it has an attribute that is not written in the
   * plain form, a key and then a value, or is of a message without attributes: it is for a MessageEditor.
   */
  open(message: number, fields: MessageFields): boolean {
    if (!hasAttributes(message)) return false;
    const attributes = attributesOf(message);
    this.#attributes = attributes.number;
    this.#attributesTag = attributes.tag;
    this.#used = 0;
    this.isChanged = false;
    for (let piece = 0; piece < fields.pieceCount; piece++)
      if (!this.#read(fields.bytes, fields.pieceFrom(piece), fields.pieceTo(piece))) return false;
    return true;
  }

  /** Sets an attribute, whether it was there or not. */
  setAttribute(key: Key, value: AttributeValue): void {
    if (isPlain(value)) this.#attribute.attribute(this.#attributesTag, key, value);
    else {
      const writer = this.#overlay.begin();
      writeAttribute(writer, this.#attributesTag, key.text, value);
      this.#attribute.take(writer);
    }
    const row = this.#firstOf(key);
    if (row >= 0) this.#removeFurther(key, row);
    this.#put(this.#attribute, row, this.#attributes, key.bytes.length);
  }

  hasAttribute(key: Key): boolean {
    return this.#firstOf(key) >= 0;
  }

  /** Moves a value to an attribute; false, and to nothing, when there is none. */
  findAttribute(key: Key, value: MessageFields): boolean {
    const row = this.#firstOf(key);
    if (row < 0) {
      value.clear();
      return false;
    }
    const { backing } = this.#overlay;
    // Behind the key stands the value, to the end.
    const at = at32(this.#rows, row + 5);
    const end = at32(this.#rows, row + 2);
    value.move(backing, at < end ? varintEnd(backing.bytes, at + 1) : end, end);
    return true;
  }

  /** Bytes of the longest attribute, its key and value together; 0 when there is none. */
  longestAttribute(): number {
    const rows = this.#rows;
    let longest = 0;
    for (let row = 0; row < this.#used; row += rowSize) {
      const length = at32(rows, row + 2) - at32(rows, row + 1);
      if (length > longest && at32(rows, row + 3) === this.#attributes) longest = length;
    }
    return longest;
  }

  /** Moves a range to the last occurrence of a text or of bytes; to nothing when there is none. */
  range({ number }: Field, into: Range): Range {
    const rows = this.#rows;
    for (let row = this.#used - rowSize; row >= 0; row -= rowSize)
      if (at32(rows, row + 3) === number)
        return into.move(this.#overlay.backing, at32(rows, row + 1), at32(rows, row + 2));
    return into.move(this.#overlay.backing, 0, 0);
  }

  /** Removes every attribute of a key; false when there was none. */
  deleteAttribute(key: Key): boolean {
    const row = this.#firstOf(key);
    if (row < 0) return false;
    this.#removeFurther(key, row);
    this.#remove(row);
    return true;
  }

  /** Removes the attributes whose key is accepted, and returns how many. */
  deleteAttributes(matches: (key: Range) => boolean): number {
    let count = 0;
    for (let row = 0; row < this.#used; row += rowSize) {
      if (at32(this.#rows, row + 3) !== this.#attributes) continue;
      this.#key.move(this.#overlay.backing, at32(this.#rows, row + 4), at32(this.#rows, row + 5));
      if (!matches(this.#key)) continue;
      this.#remove(row);
      count++;
    }
    return count;
  }

  /** Sets a field outside a oneof to a text; '' removes it. */
  setText(field: Field, text: string): void {
    if (text === '') this.clear(field);
    else {
      this.#field.text(field.tag, text);
      this.#putOnly(field.number);
    }
  }

  /** Sets a field outside a oneof to a number; 0 removes it. */
  setNumber(field: Field, value: NumberValue): void {
    if (isZero(value)) {
      this.clear(field);
      return;
    }
    const writer = this.#overlay.begin();
    writer.tag(field.tag);
    writeNumber(writer, field.type, value);
    this.#field.take(writer);
    this.#putOnly(field.number);
  }

  /** Removes every occurrence of a field outside a oneof; false when it was not there. */
  clear({ number }: Field): boolean {
    let isThere = false;
    for (let row = 0; row < this.#used; row += rowSize) {
      if (at32(this.#rows, row + 3) !== number) continue;
      this.#remove(row);
      isThere = true;
    }
    return isThere;
  }

  /** Moves fields of a view to the item as it is now. */
  show(fields: MessageFields): void {
    const { backing } = this.#overlay;
    let isFirst = true;
    fields.clear();
    for (let row = this.#nextRow(0); row < this.#used;) {
      const from = at32(this.#rows, row);
      row = this.#runFrom(row);
      if (isFirst) fields.move(backing, from, this.#runEnd);
      else fields.extend(from, this.#runEnd);
      isFirst = false;
    }
  }

  /** The item as a new list of runs. */
  toList(): number {
    const { runs } = this.#overlay;
    const list = runs.create();
    for (let row = this.#nextRow(0); row < this.#used;) {
      const from = at32(this.#rows, row);
      row = this.#runFrom(row);
      runs.append(list, from, this.#runEnd);
    }
    return list;
  }

  #runEnd = 0;

  /** Finds the end of the run that begins at a row, and returns the first row behind it. */
  #runFrom(start: number): number {
    let row = start;
    let end = at32(this.#rows, row + 2);
    for (row = this.#nextRow(row + rowSize); row < this.#used && at32(this.#rows, row) === end;) {
      end = at32(this.#rows, row + 2);
      row = this.#nextRow(row + rowSize);
    }
    this.#runEnd = end;
    return row;
  }

  /** The first row from `row` on that was not removed. */
  #nextRow(from: number): number {
    let row = from;
    while (row < this.#used && at32(this.#rows, row + 3) === gone) row += rowSize;
    return row;
  }

  #read(bytes: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to;) {
      const start = at;
      // Tags and lengths of one byte are nearly all there are.
      let tag = byteAt(bytes, at++);
      if (tag > 127) {
        tag = tagAt(bytes, start);
        at = varintEnd(bytes, start);
      }
      let body = at;
      if (tag % 8 === 2) {
        let length = byteAt(bytes, at);
        body = at + 1;
        if (length > 127) {
          length = lengthAt(bytes, at);
          body = varintEnd(bytes, at);
        }
        at = body + length;
      } else at = tag % 8 === 1 ? at + 8 : skipValue(bytes, at, tag % 8);
      if (tag === this.#attributesTag) {
        const keyEnd = plainKeyEnd(bytes, body, at);
        if (keyEnd < 0) return false;
        this.#add(start, body, at, this.#attributes, body + 2, keyEnd);
      } else this.#add(start, body, at, tag < 256 ? tag >> 3 : unknown, 0, 0);
    }
    return true;
  }

  #add(start: number, body: number, end: number, number: number, keyFrom: number, keyTo: number): void {
    const row = this.#used;
    const rows = (this.#rows = withRoom(this.#rows, row + rowSize));
    this.#used = row + rowSize;
    rows[row] = start;
    rows[row + 1] = body;
    rows[row + 2] = end;
    rows[row + 3] = number;
    rows[row + 4] = keyFrom;
    rows[row + 5] = keyTo;
  }

  /** The row of the first attribute of a key; -1 when there is none. */
  #firstOf(key: Key): number {
    return this.#nextOf(key, 0);
  }

  #nextOf(key: Key, from: number): number {
    const rows = this.#rows;
    const { bytes } = this.#overlay.backing;
    const { length } = key.bytes;
    for (let row = from; row < this.#used; row += rowSize) {
      const start = at32(rows, row + 4);
      const end = at32(rows, row + 5);
      if (end - start === length && at32(rows, row + 3) === this.#attributes && key.equals(bytes, start, end))
        return row;
    }
    return -1;
  }

  #removeFurther(key: Key, first: number): void {
    for (let row = this.#nextOf(key, first + rowSize); row >= 0; row = this.#nextOf(key, row + rowSize))
      this.#remove(row);
  }

  #remove(row: number): void {
    this.#rows[row + 3] = gone;
    this.isChanged = true;
  }

  /** Puts the field that was written in place of all of its number. */
  #putOnly(number: number): void {
    let first = -1;
    for (let row = 0; row < this.#used; row += rowSize) {
      if (at32(this.#rows, row + 3) !== number) continue;
      if (first >= 0) this.#remove(row);
      else first = row;
    }
    this.#put(this.#field, first, number, 0);
  }

  /** Puts the field that was written in a row, or behind all; one with the bytes that are there changes nothing. */
  #put(scratch: FieldScratch, row: number, number: number, keyLength: number): void {
    const overlay = this.#overlay;
    if (row >= 0 && scratch.isAt(overlay.backing.bytes, at32(this.#rows, row), at32(this.#rows, row + 2))) return;
    const start = overlay.add(scratch);
    const body = start + scratch.bodyAt;
    const keyFrom = start + scratch.keyAt;
    this.isChanged = true;
    if (row < 0) {
      this.#add(start, body, overlay.end, number, keyFrom, keyFrom + keyLength);
      return;
    }
    this.#rows[row] = start;
    this.#rows[row + 1] = body;
    this.#rows[row + 2] = overlay.end;
    this.#rows[row + 4] = keyFrom;
    this.#rows[row + 5] = keyFrom + keyLength;
  }
}

/** Whether the scratch can write a value. */
function isPlain(value: AttributeValue): value is string | boolean | bigint | Double | null {
  return typeof value !== 'object' ? typeof value !== 'number' : value === null || value instanceof Double;
}

/** The end of the key of an attribute that is a short key and then a value, or nothing more; -1 for any other form. */
function plainKeyEnd(bytes: Uint8Array, from: number, to: number): number {
  const length = byteAt(bytes, from + 1);
  const end = from + 2 + length;
  if (to - from < 2 || byteAt(bytes, from) !== keyTag || length > 127) return -1;
  if (end === to) return end;
  if (byteAt(bytes, end) !== valueTag) return -1;
  const value = byteAt(bytes, end + 1);
  const valueEnd = value < 128 ? end + 2 + value : varintEnd(bytes, end + 1) + lengthAt(bytes, end + 1);
  return valueEnd === to ? end : -1;
}
