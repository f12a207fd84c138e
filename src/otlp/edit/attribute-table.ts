import { writeAttribute, writeValue, type AttributeValue } from '../build/any-value.js';
import { MessageWriter } from '../build/message-writer.js';
import { tagOf } from '../fields.js';
import { key as prepared, type Key } from '../view/key.js';
import { Range } from '../view/range.js';
import { KeyValueView, ValueView } from '../view/value.js';
import { at32, byteAt } from '../wire/at.js';
import { kept, withRoom } from '../wire/numbers.js';
import { lengthAt, skipValue, tagAt, varintEnd, varintSize } from '../wire/varint.js';
import { GrowthError, type ExtendedBytes } from './extended-bytes.js';
import type { Runs } from './runs.js';
import type { StringTable } from './string-table.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const keyIndexTag = tagOf('KeyValue', 'key_strindex');

// Numbers of a row: where the attribute stands in the message as it came, where its key and its value are now, and the
// field that takes its place: 0 while there is none, -1 when the attribute was removed.
const rowSize = 8;
const start = 0;
const end = 1;
const keyFrom = 2;
const keyTo = 3;
const valueFrom = 4;
const valueTo = 5;
const newFrom = 6;
const newTo = 7;
const removed = -1;

/** Attributes of one message, for which a row is kept; a sender can put millions of empty ones into a request. */
const mostRows = 1 << 17;

/** An attribute whose key and value are known before any batch is, ready to be set in many messages. */
export class PreparedAttribute {
  readonly key: Key;
  /** The field with a tag of one byte, which is left open. */
  readonly bytes: Uint8Array;
  readonly keyFrom: number;
  readonly valueFrom: number;
  /** By the number of the attributes' field: where it was added to the bytes of the opening `opened`. */
  readonly offsets: Int32Array = new Int32Array(16);
  opened = 0;

  constructor(name: string, value: AttributeValue) {
    const writer = new MessageWriter();
    this.key = prepared(name);
    writeAttribute(writer, tagOf('Resource', 'attributes'), name, value);
    this.bytes = writer.finish((size) => Buffer.alloc(size));
    const body = varintEnd(this.bytes, 1);
    this.keyFrom = varintEnd(this.bytes, body + 1);
    this.valueFrom = varintEnd(this.bytes, this.keyFrom + this.key.bytes.length + 1);
  }
}

/** Distinguishes the openings of all tables. */
let openings = 0;

/**
 * The attributes of one message in a table that is used again for the next: they are found in one pass over the
 * message, changed in the table, and written once. A row is a number; -1 is none. Of a key that stands twice the first
 * counts, as in the Collector, and a change leaves only one.
 */
export class AttributeTable {
  readonly #bytes: ExtendedBytes;
  /** By length below 128, the last for all others: 1 when an attribute with such a key can be asked for. */
  readonly #lengths: Uint8Array = new Uint8Array(129);
  readonly #writer: MessageWriter = new MessageWriter(256);
  readonly #value: ValueView = new ValueView();
  readonly #key: Range = new Range();
  readonly #pair: KeyValueView = new KeyValueView();
  #strings: StringTable | undefined;
  #rows: Int32Array = new Int32Array(rowSize * 64);
  #used = 0;
  /** Where the rows end that the message came with. */
  #own = 0;
  #tag = 0;
  #from = 0;
  #to = 0;
  #opening = 0;
  /** Where the attribute begins that is being written. */
  #writing = 0;
  #isChanged = false;

  /** @param keys - all that can be asked for; other attributes need not be in the table. Undefined: any */
  constructor(bytes: ExtendedBytes, keys: readonly Key[] | undefined) {
    this.#bytes = bytes;
    if (keys === undefined) this.#lengths.fill(1);
    else for (const { bytes: name } of keys) this.#lengths[Math.min(name.length, 128)] = 1;
  }

  /** Begins with another batch. `strings`: of its dictionary, for profiles. */
  begin(strings: StringTable | undefined): void {
    this.#opening = ++openings;
    this.#strings = strings;
    this.#rows = kept(this.#rows);
    this.#used = this.#own = 0;
  }

  /** Reads the attributes of the message `[from, to)`, which are its fields with `tag`. */
  open(from: number, to: number, tag: number): void {
    this.#tag = tag;
    this.#from = from;
    this.#to = to;
    this.#used = 0;
    this.#isChanged = false;
    this.#read(this.#bytes.backingOf(from).bytes, this.#bytes.placeOf(from), this.#bytes.placeOf(to));
    this.#own = this.#used;
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** The first attribute with a key. */
  find(key: Key): number {
    return this.#findFrom(0, key);
  }

  /** The next attribute with the key of one that was found. */
  findAfter(row: number, key: Key): number {
    return this.#findFrom(row + rowSize, key);
  }

  /** The first attribute. */
  first(): number {
    return this.after(-rowSize);
  }

  /** The attribute behind another one. */
  after(row: number): number {
    let next = row + rowSize;
    while (next < this.#used && at32(this.#rows, next + newFrom) === removed) next += rowSize;
    return next < this.#used ? next : -1;
  }

  /** The key of an attribute. Moves with the next one that is asked for. */
  key(row: number): Range {
    return this.#run(row + keyFrom, this.#key);
  }

  /** The value of an attribute. Moves with the next one that is asked for. */
  value(row: number): ValueView {
    const bytes = this.#bytes;
    const from = at32(this.#rows, row + valueFrom);
    const place = bytes.placeOf(from);
    return this.#value.move(bytes.backingOf(from), place, place + at32(this.#rows, row + valueTo) - from);
  }

  /** Sets an attribute in place of that in `row`, which has the same key, or adds it (-1). */
  setPrepared(row: number, attribute: PreparedAttribute): void {
    const bytes = this.#bytes;
    if (attribute.opened !== this.#opening) {
      attribute.opened = this.#opening;
      attribute.offsets.fill(0);
    }
    const number = this.#tag >> 3;
    let from = at32(attribute.offsets, number);
    if (from === 0) {
      from = bytes.end;
      bytes.raw(attribute.bytes);
      bytes.bytes[from - bytes.base] = this.#tag;
      attribute.offsets[number] = from;
    }
    const to = from + attribute.bytes.length;
    if (row >= 0) this.#removeRepeated(row);
    if (row >= 0 && this.#has(row, from + attribute.valueFrom, to)) return;
    if (row >= 0 && this.#rest(row, undefined) > 0) {
      this.#copy(row, undefined, from + attribute.valueFrom, to);
      return;
    }
    const key = from + attribute.keyFrom;
    this.#put(row, key, key + attribute.key.bytes.length, from + attribute.valueFrom, from, to);
  }

  /** Gives the attribute in `row` another value, and removes others with its key. */
  setValue(row: number, value: AttributeValue): void {
    this.#write(row, undefined, value);
    this.#removeRepeated(row);
  }

  /** Gives the attribute in `row` another value, and leaves others with its key alone. */
  replaceValue(row: number, value: AttributeValue): void {
    this.#write(row, undefined, value);
  }

  /** Adds an attribute whose key no other has. */
  addValue(key: Key, value: AttributeValue): void {
    this.#write(-1, key, value);
  }

  /** Gives the attribute in `row` the value of another one, and removes others with its key; -1 adds one with `key`. */
  copyValue(row: number, key: Key, from: number): void {
    if (row === from) return;
    const value = at32(this.#rows, from + valueFrom);
    this.#copy(row, row >= 0 ? undefined : key, value, at32(this.#rows, from + valueTo));
    if (row >= 0) this.#removeRepeated(row);
  }

  /** Removes an attribute, and leaves others with its key alone. */
  remove(row: number): void {
    this.#rows[row + newFrom] = removed;
    this.#isChanged = true;
  }

  /** Adds the message as it is now to a list of runs, and returns by how many bytes it has grown. */
  write(runs: Runs, list: number): number {
    let at = this.#from;
    let growth = 0;
    for (let row = 0; row < this.#used; row += rowSize) {
      const from = at32(this.#rows, row + newFrom);
      if (from === 0) continue;
      if (row < this.#own) {
        const before = at32(this.#rows, row + start);
        if (before > at) runs.append(list, at, before);
        at = at32(this.#rows, row + end);
        growth -= at - before;
      } else if (at < this.#to) {
        runs.append(list, at, this.#to);
        at = this.#to;
      }
      if (from === removed) continue;
      const to = at32(this.#rows, row + newTo);
      runs.append(list, from, to);
      growth += to - from;
    }
    if (at < this.#to) runs.append(list, at, this.#to);
    return growth;
  }

  #read(bytes: Uint8Array, from: number, to: number): void {
    const wanted = this.#tag;
    for (let at = from; at < to;) {
      const field = at;
      // Tags and lengths of one byte are nearly all there are.
      let tag = byteAt(bytes, at++);
      if (tag > 127) {
        tag = tagAt(bytes, field);
        at = varintEnd(bytes, field);
      }
      if (tag % 8 !== 2) {
        at = tag % 8 === 1 ? at + 8 : skipValue(bytes, at, tag % 8);
        continue;
      }
      let length = byteAt(bytes, at);
      let body = at + 1;
      if (length > 127) {
        length = lengthAt(bytes, at);
        body = varintEnd(bytes, at);
      }
      at = body + length;
      if (tag === wanted) this.#take(bytes, from, field, body, at);
    }
  }

  /** Takes the attribute `[body, to)`. `message`: where the message begins in `bytes`. */
  #take(bytes: Uint8Array, message: number, field: number, body: number, to: number): void {
    // In the plain form a short key is the first of two fields, the value the second.
    const keyLength = byteAt(bytes, body + 1);
    const behind = body + 2 + keyLength;
    const shift = this.#from - message;
    if (
      this.#strings === undefined &&
      behind + 1 < to &&
      keyLength < 128 &&
      byteAt(bytes, body) === keyTag &&
      byteAt(bytes, behind) === valueTag
    ) {
      let length = byteAt(bytes, behind + 1);
      let value = behind + 2;
      if (length > 127) {
        length = lengthAt(bytes, behind + 1);
        value = varintEnd(bytes, behind + 1);
      }
      if (value + length === to) {
        if (this.#lengths[keyLength] === 0) return;
        this.#add(field + shift, to + shift, body + 2 + shift, behind + shift, value + shift, to + shift);
        return;
      }
    }
    this.#takeAny(field + shift, to + shift, body + shift);
  }

  /** Takes an attribute of any form. */
  #takeAny(field: number, to: number, body: number): void {
    const bytes = this.#bytes;
    const shift = body - bytes.placeOf(body);
    const pair = this.#pair.move(bytes.backingOf(body), body - shift, to - shift);
    const { key, value, keyStrindex } = pair;
    let nameFrom = key.start + shift;
    let nameTo = key.end + shift;
    const strings = this.#strings;
    if (strings && key.length === 0 && keyStrindex > 0) {
      nameFrom = strings.from(keyStrindex);
      nameTo = strings.to(keyStrindex);
    }
    if (this.#lengths[Math.min(nameTo - nameFrom, 128)] === 0) return;
    const { fields } = value;
    let from = bytes.end;
    if (strings && value.type === 'reference') {
      const text = strings.from(value.stringIndex);
      const length = strings.to(value.stringIndex) - text;
      bytes.begin(tagOf('AnyValue', 'string_value'), length);
      bytes.copy(text, text + length);
    } else if (fields.pieceCount === 1) {
      from = fields.pieceFrom(0) + shift;
      this.#add(field, to, nameFrom, nameTo, from, fields.pieceTo(0) + shift);
      return;
    } else
      for (let piece = 0; piece < fields.pieceCount; piece++)
        bytes.copy(fields.pieceFrom(piece) + shift, fields.pieceTo(piece) + shift);
    this.#add(field, to, nameFrom, nameTo, from, bytes.end);
  }

  #add(field: number, to: number, nameFrom: number, nameTo: number, from: number, valueEnd: number): void {
    const row = this.#used;
    if (row + rowSize > this.#rows.length) {
      if (row >= mostRows * rowSize) throw new GrowthError(`an item has more than ${mostRows} attributes`);
      this.#rows = withRoom(this.#rows, row + rowSize);
    }
    const rows = this.#rows;
    rows[row + start] = field;
    rows[row + end] = to;
    rows[row + keyFrom] = nameFrom;
    rows[row + keyTo] = nameTo;
    rows[row + valueFrom] = from;
    rows[row + valueTo] = valueEnd;
    rows[row + newFrom] = 0;
    this.#used = row + rowSize;
  }

  #findFrom(first: number, key: Key): number {
    const rows = this.#rows;
    const { length } = key.bytes;
    for (let row = first; row < this.#used; row += rowSize) {
      const from = at32(rows, row + keyFrom);
      if (at32(rows, row + keyTo) - from !== length || at32(rows, row + newFrom) === removed) continue;
      const place = this.#bytes.placeOf(from);
      if (key.equals(this.#bytes.backingOf(from).bytes, place, place + length)) return row;
    }
    return -1;
  }

  #run(place: number, range: Range): Range {
    const bytes = this.#bytes;
    const from = at32(this.#rows, place);
    const at = bytes.placeOf(from);
    return range.move(bytes.backingOf(from), at, at + at32(this.#rows, place + 1) - from);
  }

  /** Whether the value of an attribute is `[from, to)`. */
  #has(row: number, from: number, to: number): boolean {
    return this.#bytes.isSame(from, to, at32(this.#rows, row + valueFrom), at32(this.#rows, row + valueTo));
  }

  /** Sets or adds an attribute with the value `[from, to)`. */
  #copy(row: number, key: Key | undefined, from: number, to: number): void {
    this.#begin(row, key, to - from);
    this.#bytes.copy(from, to);
    this.#finish(row, key, to - from);
  }

  #write(row: number, key: Key | undefined, value: AttributeValue): void {
    const writer = this.#writer;
    writer.reset();
    writeValue(writer, value);
    const { size } = writer;
    this.#begin(row, key, size);
    this.#bytes.fill(size, (target, place) => writer.finishInto(target, place));
    this.#finish(row, key, size);
  }

  /** Writes all of an attribute up to its value of `size` bytes, with the key of the row or `key`. */
  #begin(row: number, key: Key | undefined, size: number): void {
    const bytes = this.#bytes;
    const name = at32(this.#rows, row + keyFrom);
    const length = key ? key.bytes.length : at32(this.#rows, row + keyTo) - name;
    const body = 2 + varintSize(length) + length + varintSize(size) + size;
    const rest = row >= 0 ? this.#rest(row, undefined) : 0;
    this.#writing = bytes.end;
    bytes.begin(this.#tag, body + rest);
    bytes.begin(keyTag, length);
    if (key) bytes.raw(key.bytes);
    else bytes.copy(name, name + length);
    bytes.begin(valueTag, size);
  }

  /** Puts the attribute that was written in its place; `size`: of its value. */
  #finish(row: number, key: Key | undefined, size: number): void {
    const bytes = this.#bytes;
    const value = bytes.end - size;
    if (row >= 0 && this.#has(row, value, bytes.end)) {
      bytes.rewind(this.#writing);
      return;
    }
    const length = key ? key.bytes.length : at32(this.#rows, row + keyTo) - at32(this.#rows, row + keyFrom);
    const nameTo = value - 1 - varintSize(size);
    if (row >= 0) this.#rest(row, bytes);
    this.#put(row, nameTo - length, nameTo, value, this.#writing, bytes.end, value + size);
  }

  #put(row: number, nameFrom: number, nameTo: number, value: number, from: number, to: number, valueEnd = to): void {
    let at = row;
    if (row < 0) {
      at = this.#used;
      this.#add(0, 0, nameFrom, nameTo, value, valueEnd);
    } else {
      this.#rows[at + keyFrom] = nameFrom;
      this.#rows[at + keyTo] = nameTo;
      this.#rows[at + valueFrom] = value;
      this.#rows[at + valueTo] = valueEnd;
    }
    this.#rows[at + newFrom] = from;
    this.#rows[at + newTo] = to;
    this.#isChanged = true;
  }

  /** Removes the attributes behind one that have its key. */
  #removeRepeated(row: number): void {
    const rows = this.#rows;
    const from = at32(rows, row + keyFrom);
    const to = at32(rows, row + keyTo);
    for (let other = row + rowSize; other < this.#used; other += rowSize) {
      if (at32(rows, other + keyTo) - at32(rows, other + keyFrom) !== to - from) continue;
      if (at32(rows, other + newFrom) === removed) continue;
      if (!this.#bytes.isSame(from, to, at32(rows, other + keyFrom), at32(rows, other + keyTo))) continue;
      rows[other + newFrom] = removed;
      this.#isChanged = true;
    }
  }

  /** Bytes of the fields of an attribute beside its key and value, as it came; adds them to `target`. */
  #rest(row: number, target: ExtendedBytes | undefined): number {
    if (row >= this.#own) return 0;
    const first = at32(this.#rows, row + start);
    const place = this.#bytes.placeOf(first);
    const { bytes } = this.#bytes.backingOf(first);
    const to = place + at32(this.#rows, row + end) - first;
    let rest = 0;
    for (let at = varintEnd(bytes, varintEnd(bytes, place)); at < to;) {
      const field = at;
      const tag = tagAt(bytes, at);
      at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
      // In profiles the key may be a number, which the new key takes the place of.
      if (tag === keyTag || tag === valueTag || (tag === keyIndexTag && this.#strings)) continue;
      rest += at - field;
      target?.copy(field - place + first, at - place + first);
    }
    return rest;
  }
}
