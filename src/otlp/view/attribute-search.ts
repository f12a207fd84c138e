import { tagOf } from '../fields.js';
import { at32, byteAt } from '../wire/at.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { hasKey, type AttributedView } from './attributes.js';
import { Backing } from './backing.js';
import type { Key } from './key.js';
import type { MessageFields } from './message-fields.js';
import { KeyValueView, ValueView } from './value.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const stringTag = tagOf('AnyValue', 'string_value');
const boolTag = tagOf('AnyValue', 'bool_value');
const intTag = tagOf('AnyValue', 'int_value');
const doubleTag = tagOf('AnyValue', 'double_value');
const none = new Backing();

/**
 * Looks for the attributes with some keys in one pass, which costs little more than the look-up of one of them.
 * ```
 * const search = new AttributeSearch([key('http.route'), key('user.id')]);   // once
 * search.open(span);
 * if (search.has(0) && search.value(0).is(health)) ...
 * ```
 */
export class AttributeSearch {
  /** Bounds of the text that `isText` has found. */
  textStart = 0;
  textEnd = 0;
  /** Bounds of the AnyValue that `isScalar` has found. */
  bodyStart = 0;
  bodyEnd = 0;
  readonly #keys: readonly Key[];
  /** By the length of a key: one more than the place of the first such key; 0 when there is none. */
  readonly #firstOf: Int32Array = new Int32Array(128);
  /** The same for the next key of the same length. */
  readonly #nextOf: Int32Array;
  /** By key: in which search it was found. */
  readonly #foundIn: Int32Array;
  #searches = 0;
  /** By key: bounds of the value that was found first, or of its KeyValue when that is not plain. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** By key: 1 when the bounds are those of the value. */
  readonly #plain: Uint8Array;
  readonly #pair: KeyValueView = new KeyValueView();
  readonly #value: ValueView = new ValueView();
  #backing: Backing = none;
  #view: DataView | undefined;
  /** Keys that `take` has not found yet. */
  #missing = 0;

  /** @param keys - each once */
  constructor(keys: readonly Key[]) {
    this.#keys = keys;
    this.#nextOf = new Int32Array(keys.length);
    this.#foundIn = new Int32Array(keys.length);
    this.#from = new Int32Array(keys.length);
    this.#to = new Int32Array(keys.length);
    this.#plain = new Uint8Array(keys.length);
    for (const [i, { bytes }] of keys.entries()) {
      if (bytes.length > 127) continue;
      this.#nextOf[i] = at32(this.#firstOf, bytes.length);
      this.#firstOf[bytes.length] = i + 1;
    }
  }

  /** The bytes that the attributes stand in. */
  get bytes(): Uint8Array {
    return this.#backing.bytes;
  }

  /** Looks in the attributes of a view. */
  open({ fields }: AttributedView): void {
    this.begin(fields.backing);
    for (let piece = 0; piece < fields.pieceCount; piece++)
      this.#lookThrough(fields, fields.pieceFrom(piece), fields.pieceTo(piece));
  }

  /**
   * Begins a search of attributes that the caller finds, in the order in which they stand, with `take`. `view`: of the
   * same bytes, where there is one.
   */
  begin(backing: Backing, view?: DataView): void {
    this.#backing = backing;
    this.#view = view;
    this.#searches = (this.#searches + 1) | 0;
    this.#missing = this.#keys.length;
  }

  /** Looks at one attribute: `[from, to)` is the body of a KeyValue. */
  take(bytes: Uint8Array, from: number, to: number): void {
    if (this.#missing === 0) return;
    // In the plain form a short key is the first of two fields, the value the second.
    const keyLength = byteAt(bytes, from + 1);
    const behind = from + 2 + keyLength;
    if (to - from < 2 || byteAt(bytes, from) !== keyTag || keyLength > 127 || behind + 1 >= to) {
      this.#missing -= this.#compareAll(bytes, from, to);
      return;
    }
    let valueLength = byteAt(bytes, behind + 1);
    let value = behind + 2;
    if (valueLength > 127) {
      valueLength = lengthAt(bytes, behind + 1);
      value = varintEnd(bytes, behind + 1);
    }
    if (byteAt(bytes, behind) !== valueTag || value + valueLength !== to)
      this.#missing -= this.#compareAll(bytes, from, to);
    else if (at32(this.#firstOf, keyLength) > 0) this.#missing -= this.#compare(bytes, from + 2, behind, value, to);
  }

  /** Whether `take` has found all keys, so that it would do nothing. */
  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Whether there is an attribute with key `i`. */
  has(i: number): boolean {
    return this.#foundIn[i] === this.#searches;
  }

  /**
   * Whether the attribute with key `i` has a text, in the plain form that nearly all texts have: it is
   * `bytes[textStart, textEnd)`. For what is not plain, `value` tells.
   */
  isText(i: number): boolean {
    const from = at32(this.#from, i);
    const to = at32(this.#to, i);
    const { bytes } = this.#backing;
    if (this.#plain[i] === 0 || to - from < 2 || byteAt(bytes, from) !== stringTag) return false;
    let length = byteAt(bytes, from + 1);
    let start = from + 2;
    if (length > 127) {
      length = lengthAt(bytes, from + 1);
      start = varintEnd(bytes, from + 1);
    }
    this.textStart = start;
    this.textEnd = to;
    return start + length === to;
  }

  /** Whether the attribute with key `i` has a number or a bool in the plain form: it is `bytes[bodyStart, bodyEnd)`. */
  isScalar(i: number): boolean {
    const from = at32(this.#from, i);
    const to = at32(this.#to, i);
    const { bytes } = this.#backing;
    if (this.#plain[i] === 0 || to - from < 2) return false;
    this.bodyStart = from;
    this.bodyEnd = to;
    const tag = byteAt(bytes, from);
    return tag === intTag || tag === boolTag ? varintEnd(bytes, from + 1) === to : tag === doubleTag && to - from === 9;
  }

  /** The value of the first attribute with key `i`, which is there. Moves with the next one that is asked for. */
  value(i: number): ValueView {
    const from = at32(this.#from, i);
    const to = at32(this.#to, i);
    if (this.#plain[i] === 1) return this.#value.move(this.#backing, from, to);
    return this.#pair.move(this.#backing, from, to).value;
  }

  /** Takes the attributes in the bytes `[start, to)` of a message. */
  #lookThrough({ bytes, attributesField }: MessageFields, start: number, to: number): void {
    const wanted = attributesField * 8 + 2;
    for (let at = start; at < to && this.#missing > 0;) {
      let tag = byteAt(bytes, at);
      const field = at++;
      if (tag > 127) {
        tag = tagAt(bytes, field);
        at = varintEnd(bytes, field);
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
      if (tag === wanted) this.take(bytes, from, at);
    }
  }

  /** Keys of which the key `[from, to)` is the first one; the value is `[value, end)`. */
  #compare(bytes: Uint8Array, from: number, to: number, value: number, end: number): number {
    for (let next = at32(this.#firstOf, to - from); next > 0; next = at32(this.#nextOf, next - 1))
      if (this.#isKey(this.#keys[next - 1] as Key, bytes, from, to)) return this.#note(next - 1, value, end, 1);
    return 0;
  }

  #isKey(key: Key, bytes: Uint8Array, from: number, to: number): boolean {
    return this.#view ? key.equalsIn(this.#view, from, to) : key.equals(bytes, from, to);
  }

  /** The same for a KeyValue of any form. */
  #compareAll(bytes: Uint8Array, from: number, to: number): number {
    for (const [i, key] of this.#keys.entries()) if (hasKey(bytes, from, to, key)) return this.#note(i, from, to, 0);
    return 0;
  }

  #note(key: number, from: number, to: number, plain: 0 | 1): number {
    if (this.has(key)) return 0;
    this.#foundIn[key] = this.#searches;
    this.#from[key] = from;
    this.#to[key] = to;
    this.#plain[key] = plain;
    return 1;
  }
}
