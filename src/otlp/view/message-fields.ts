import { at32, byteAt } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { doubleAt, fixed32At, varintHigh, varintLow } from '../wire/words.js';
import { Backing } from './backing.js';
import type { Layout } from './layout.js';
import type { Range } from './range.js';
import type { Word64 } from './word64.js';

const none = new Backing();
const none32 = new Int32Array(0);

/** Knows where a message stands that is being changed. */
export interface FieldsSource {
  /** Moves fields to the message as it is now. */
  show(fields: MessageFields): void;
}

/**
 * The fields of one message by their numbers: what views are made of. It is moved over many messages, makes no object
 * when it moves, and looks for the fields in one pass when the first of them is asked for. The rules are those of
 * protobuf: fields in any order, of a scalar the last occurrence, of a oneof the last member, and a message that came
 * in several pieces is one. One class for all messages, whatever their layout, so that V8 compiles one kind of access.
 */
export class MessageFields {
  readonly #layout: Layout;
  #backing: Backing = none;
  /** Bounds `[from, to)` of the first piece of the message; nearly always there is no other. */
  #from = 0;
  #to = 0;
  /** Bounds of further pieces. */
  #more: Int32Array | undefined;
  #pieceCount = 0;

  #located = false;
  /** Moves these fields to the message as it is by now, when the next of them is read. */
  #deferred: FieldsSource | undefined;
  /** Counts the moves, so that a message inside sees whether it still stands where it was put. */
  #moves = 0;
  /** The message around this one, and at which of its moves and in which field it was found there by `message`. */
  #holder: MessageFields | undefined;
  #holderMoves = 0;
  #holderField = 0;
  /** Bits of the fields that are there, and of messages among them that came in pieces. */
  #present = 0;
  #inPieces = 0;
  /** By field number: bounds of the value; of a repeated field, where its first tag stands and in which piece. */
  readonly #places: Int32Array;

  /** As one of a repeated field: whose, which field, and where the search for the next one goes on. */
  #parent: MessageFields | undefined;
  #number = 0;
  #piece = 0;
  #at = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#places = new Int32Array(layout.size * 2);
  }

  /** Moves to the message whose body is `[from, to)` of some bytes, which must be valid. */
  move(backing: Backing, from: number, to: number): void {
    this.#backing = backing;
    this.#from = from;
    this.#to = to;
    this.#pieceCount = 1;
    this.#hasMoved();
  }

  /** Moves to a message that is not there: every field has its default. */
  clear(): void {
    this.#backing = none;
    this.#pieceCount = 0;
    this.#hasMoved();
  }

  /** Moves to where `source` shows the message, once something of it is read: it may change often until then. */
  defer(source: FieldsSource): void {
    this.#deferred = source;
    this.#located = false;
    this.#moves = (this.#moves + 1) | 0;
    this.#holder = undefined;
  }

  /** Adds a further piece to the message, behind the others. */
  extend(from: number, to: number): void {
    const at = this.#pieceCount * 2;
    const more = withRoom(this.#more ?? none32, at + 2);
    more[at] = from;
    more[at + 1] = to;
    this.#more = more;
    this.#pieceCount++;
    this.#hasMoved();
  }

  /** Moves to the message that `other` is at, all pieces of it. */
  copy(other: MessageFields): void {
    other.#settle();
    this.#backing = other.#backing;
    this.#from = other.#from;
    this.#to = other.#to;
    this.#pieceCount = 0;
    for (let i = 0; i < other.#pieceCount; i++) {
      if (i === 0) this.#pieceCount = 1;
      else this.extend(other.pieceFrom(i), other.pieceTo(i));
    }
    this.#hasMoved();
  }

  /** The bytes on which these fields and all that comes from them stand. */
  get backing(): Backing {
    this.#settle();
    return this.#backing;
  }

  get bytes(): Uint8Array {
    this.#settle();
    return this.#backing.bytes;
  }

  /** Pieces of the message; 0 when it is not there, and more than 1 when it was sent in several. */
  get pieceCount(): number {
    this.#settle();
    return this.#pieceCount;
  }

  /** Where piece `i` begins, as an offset into `bytes`. */
  pieceFrom(i: number): number {
    return i === 0 || this.#more === undefined ? this.#from : at32(this.#more, i * 2);
  }

  /** Where piece `i` ends. Of bytes that were dropped nothing is read. */
  pieceTo(i: number): number {
    const to = i === 0 || this.#more === undefined ? this.#to : at32(this.#more, i * 2 + 1);
    return Math.min(to, this.#backing.bytes.length);
  }

  /** The number of the field in which the message has its attributes; 0 when it has none. */
  get attributesField(): number {
    return this.#layout.attributes;
  }

  has(field: number): boolean {
    if (!this.#located) this.#locate();
    return ((this.#present >>> field) & 1) === 1;
  }

  /** Which of some fields, given as a mask, are there. */
  among(mask: number): number {
    if (!this.#located) this.#locate();
    return this.#present & mask;
  }

  /** The value of a field of type string or bytes. */
  range(field: number, into: Range): Range {
    if (!this.has(field)) return into.move(this.#backing, 0, 0);
    return into.move(this.#backing, at32(this.#places, field * 2), at32(this.#places, field * 2 + 1));
  }

  bool(field: number): boolean {
    if (!this.has(field)) return false;
    const at = at32(this.#places, field * 2);
    return varintLow(this.#backing.bytes, at) !== 0 || varintHigh(this.#backing.bytes, at) !== 0;
  }

  /** A field of type int32 or enum. */
  int32(field: number): number {
    return this.uint32(field) | 0;
  }

  uint32(field: number): number {
    return this.has(field) ? varintLow(this.#backing.bytes, at32(this.#places, field * 2)) : 0;
  }

  sint32(field: number): number {
    const zigzag = this.uint32(field);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  fixed32(field: number): number {
    return this.has(field) ? fixed32At(this.#backing.bytes, at32(this.#places, field * 2)) : 0;
  }

  double(field: number): number {
    return this.has(field) ? doubleAt(this.#backing.bytes, at32(this.#places, field * 2)) : 0;
  }

  /** A field of type int64 or uint64. */
  varint64(field: number, into: Word64): Word64 {
    const at = this.has(field) ? at32(this.#places, field * 2) : -1;
    into.low = at < 0 ? 0 : varintLow(this.#backing.bytes, at);
    into.high = at < 0 ? 0 : varintHigh(this.#backing.bytes, at);
    return into;
  }

  /** A field of type fixed64 or sfixed64. */
  fixed64(field: number, into: Word64): Word64 {
    const at = this.has(field) ? at32(this.#places, field * 2) : -1;
    into.low = at < 0 ? 0 : fixed32At(this.#backing.bytes, at);
    into.high = at < 0 ? 0 : fixed32At(this.#backing.bytes, at + 4);
    return into;
  }

  /**
   * Moves `into` to the message in a field, all pieces of it. One that stands there already stays, with the fields it
   * has found: the resource of a million spans is searched once.
   */
  message(field: number, into: MessageFields): void {
    if (into.#holder === this && into.#holderMoves === this.#moves && into.#holderField === field) return;
    if (this.has(field)) {
      into.move(this.#backing, at32(this.#places, field * 2), at32(this.#places, field * 2 + 1));
      if ((this.#inPieces >>> field) & 1) this.#addPieces(field, into);
    } else into.clear();
    into.#holder = this;
    into.#holderMoves = this.#moves;
    into.#holderField = field;
  }

  /** Moves `into` before the first message of a repeated field; its `advance` goes on from there. */
  list(field: number, into: MessageFields): void {
    const there = this.has(field);
    into.clear();
    into.#parent = this;
    into.#number = field;
    into.#piece = there ? at32(this.#places, field * 2 + 1) : this.#pieceCount;
    into.#at = there ? at32(this.#places, field * 2) : 0;
  }

  /** Moves to the next message of the repeated field that these fields are for; false behind the last one. */
  advance(): boolean {
    const parent = this.#parent;
    if (parent === undefined) return false;
    parent.#settle();
    const { bytes } = parent.#backing;
    const wanted = this.#number * 8 + 2;
    // The pieces of an edited message stand in any order, so that `#at` counts within its own piece only.
    for (; this.#piece < parent.#pieceCount; this.#piece++, this.#at = 0) {
      const to = parent.pieceTo(this.#piece);
      for (let at = Math.max(this.#at, parent.pieceFrom(this.#piece)); at < to;) {
        const tag = tagAt(bytes, at);
        at = varintEnd(bytes, at);
        const end = skipValue(bytes, at, tag % 8);
        if (tag === wanted) {
          this.#at = end;
          this.move(parent.#backing, varintEnd(bytes, at), end);
          return true;
        }
        at = end;
      }
    }
    this.clear();
    return false;
  }

  #settle(): void {
    const source = this.#deferred;
    if (source === undefined) return;
    this.#deferred = undefined;
    source.show(this);
  }

  #hasMoved(): void {
    this.#deferred = undefined;
    this.#located = false;
    this.#moves = (this.#moves + 1) | 0;
    this.#holder = undefined;
  }

  /** Adds all occurrences but the first of the message in a field. */
  #addPieces(field: number, into: MessageFields): void {
    const { bytes } = this.#backing;
    const first = at32(this.#places, field * 2);
    for (let piece = 0; piece < this.#pieceCount; piece++) {
      const to = this.pieceTo(piece);
      for (let at = this.pieceFrom(piece); at < to;) {
        const tag = tagAt(bytes, at);
        at = varintEnd(bytes, at);
        const end = skipValue(bytes, at, tag % 8);
        if (tag === field * 8 + 2) {
          const from = varintEnd(bytes, at);
          if (from !== first) into.extend(from, end);
        }
        at = end;
      }
    }
  }

  /** Notes where the fields lie. */
  #locate(): void {
    this.#settle();
    const { known, repeated, merged, rivals } = this.#layout;
    const { bytes } = this.#backing;
    const places = this.#places;
    let present = 0;
    let inPieces = 0;
    for (let piece = 0; piece < this.#pieceCount; piece++) {
      const to = this.pieceTo(piece);
      for (let at = this.pieceFrom(piece); at < to;) {
        const start = at;
        // Tags and lengths of one byte are nearly all there are.
        let tag = byteAt(bytes, at++);
        if (tag > 127) {
          tag = tagAt(bytes, start);
          at = varintEnd(bytes, start);
        }
        const number = tag < 256 ? tag >> 3 : 0;
        const bit = 1 << number;
        let value = at;
        if (tag % 8 === 2) {
          let length = byteAt(bytes, at);
          value = at + 1;
          if (length > 127) {
            length = lengthAt(bytes, at);
            value = varintEnd(bytes, at);
          }
          at = value + length;
        } else at = skipValue(bytes, at, tag % 8);
        if ((known & bit) === 0) continue;
        if ((present & bit) === 0) {
          present = (present | bit) & ~at32(rivals, number);
          places[number * 2] = repeated & bit ? start : value;
          places[number * 2 + 1] = repeated & bit ? piece : at;
        } else if (merged & bit) inPieces |= bit;
        else if ((repeated & bit) === 0) {
          places[number * 2] = value;
          places[number * 2 + 1] = at;
        }
      }
    }
    this.#present = present;
    this.#inPieces = inPieces;
    this.#located = true;
  }
}
