import { at32 } from '../wire/at.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { doubleAt, fixed32At, varintHigh, varintLow } from '../wire/words.js';
import { Backing } from './backing.js';
import type { Layout } from './layout.js';
import type { Range } from './range.js';
import type { ScalarList } from './scalar-list.js';
import type { Word64 } from './word64.js';

const none = new Backing();

/**
 * Reads one message of a batch by its fields. A view is made once and moved over many messages; it makes no object when
 * it moves, and reads a field when it is asked for. Bytes must be valid. The rules are those of protobuf: fields in any
 * order, of a scalar the last occurrence, of a oneof the last member, a message that came in several pieces is one.
 */
export class MessageView {
  readonly #layout: Layout;
  #backing: Backing = none;
  /** Bounds `[from, to)` of the pieces that make up the message; nearly always there is one. */
  #pieces: Int32Array = new Int32Array(2);
  #pieceCount = 0;

  #located = false;
  /** Bits of the fields that are there, and of messages among them that came in pieces. */
  #present = 0;
  #inPieces = 0;
  /** By field number: bounds of the value; of a repeated field, where its first tag stands and in which piece. */
  readonly #places: Int32Array;

  /** As one of a repeated field: whose, which field, and where the search for the next one goes on. */
  #parent: MessageView | undefined;
  #number = 0;
  #piece = 0;
  #at = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#places = new Int32Array(layout.size * 2);
  }

  /** Moves to the message whose body is `[from, to)` of bytes that others stand on as well. */
  move(backing: Backing, from: number, to: number): this {
    this.#backing = backing;
    this.#pieces[0] = from;
    this.#pieces[1] = to;
    this.#pieceCount = 1;
    this.#located = false;
    return this;
  }

  /** Moves to a message that is not there: every field has its default. */
  clear(): this {
    this.#backing = none;
    this.#pieceCount = 0;
    this.#located = false;
    return this;
  }

  /** Adds a further piece to the message, behind the others. */
  extend(from: number, to: number): void {
    const at = this.#pieceCount * 2;
    if (at === this.#pieces.length) {
      const more = new Int32Array(at * 2);
      more.set(this.#pieces);
      this.#pieces = more;
    }
    this.#pieces[at] = from;
    this.#pieces[at + 1] = to;
    this.#pieceCount++;
    this.#located = false;
  }

  /** What this view and all that came from it stand on. */
  get backing(): Backing {
    return this.#backing;
  }

  get bytes(): Uint8Array {
    return this.#backing.bytes;
  }

  /** Pieces of the message; 0 when it is not there, and more than 1 when it was sent in several. */
  get pieceCount(): number {
    return this.#pieceCount;
  }

  /** Where piece `i` begins, as an offset into `bytes`. */
  pieceFrom(i: number): number {
    return at32(this.#pieces, i * 2);
  }

  /** Where piece `i` ends. Of bytes that were let go of nothing is read, however long the view has been moved to them. */
  pieceTo(i: number): number {
    return Math.min(at32(this.#pieces, i * 2 + 1), this.#backing.bytes.length);
  }

  protected has(field: number): boolean {
    if (!this.#located) this.#locate();
    return ((this.#present >>> field) & 1) === 1;
  }

  /** Which of some fields, given as a mask, are there. */
  protected among(mask: number): number {
    if (!this.#located) this.#locate();
    return this.#present & mask;
  }

  /** The value of a field of type string or bytes. */
  protected readRange(field: number, into: Range): Range {
    if (!this.has(field)) return into.move(this.#backing, 0, 0);
    return into.move(this.#backing, at32(this.#places, field * 2), at32(this.#places, field * 2 + 1));
  }

  protected readBool(field: number): boolean {
    if (!this.has(field)) return false;
    const at = at32(this.#places, field * 2);
    return varintLow(this.bytes, at) !== 0 || varintHigh(this.bytes, at) !== 0;
  }

  /** A field of type int32 or enum. */
  protected readInt32(field: number): number {
    return this.readUint32(field) | 0;
  }

  protected readUint32(field: number): number {
    return this.has(field) ? varintLow(this.bytes, at32(this.#places, field * 2)) : 0;
  }

  protected readSint32(field: number): number {
    const zigzag = this.readUint32(field);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  protected readFixed32(field: number): number {
    return this.has(field) ? fixed32At(this.bytes, at32(this.#places, field * 2)) : 0;
  }

  protected readDouble(field: number): number {
    return this.has(field) ? doubleAt(this.bytes, at32(this.#places, field * 2)) : 0;
  }

  /** A field of type int64 or uint64. */
  protected readVarint64(field: number, into: Word64): Word64 {
    const at = this.has(field) ? at32(this.#places, field * 2) : -1;
    into.low = at < 0 ? 0 : varintLow(this.bytes, at);
    into.high = at < 0 ? 0 : varintHigh(this.bytes, at);
    return into;
  }

  /** A field of type fixed64 or sfixed64. */
  protected readFixed64(field: number, into: Word64): Word64 {
    const at = this.has(field) ? at32(this.#places, field * 2) : -1;
    into.low = at < 0 ? 0 : fixed32At(this.bytes, at);
    into.high = at < 0 ? 0 : fixed32At(this.bytes, at + 4);
    return into;
  }

  /** Moves `into` to the message in a field, all pieces of it. */
  protected readMessage<View extends MessageView>(field: number, into: View): View {
    if (!this.has(field)) return into.clear();
    into.move(this.#backing, at32(this.#places, field * 2), at32(this.#places, field * 2 + 1));
    if ((this.#inPieces >>> field) & 1) this.#addPieces(field, into);
    return into;
  }

  /** Moves `into` before the first message of a repeated field; its `next` goes on from there. */
  protected readList<View extends MessageView>(field: number, into: View): View {
    const child: MessageView = into;
    child.#parent = this;
    child.#number = field;
    child.#piece = this.has(field) ? at32(this.#places, field * 2 + 1) : this.#pieceCount;
    child.#at = this.has(field) ? at32(this.#places, field * 2) : 0;
    return into.clear();
  }

  /** Moves `into` before the first value of a repeated field that is no message. */
  protected readScalars<List extends ScalarList>(field: number, into: List): List {
    into.begin(this, field);
    return into;
  }

  /** Moves to the next message of the repeated field that this view was given for; false behind the last one. */
  protected advance(): boolean {
    const parent = this.#parent;
    if (parent === undefined) return false;
    const { bytes } = parent;
    for (; this.#piece < parent.#pieceCount; this.#piece++) {
      const to = parent.pieceTo(this.#piece);
      for (let at = Math.max(this.#at, parent.pieceFrom(this.#piece)); at < to;) {
        const tag = tagAt(bytes, at);
        at = varintEnd(bytes, at);
        const end = skipValue(bytes, at, tag % 8);
        if (tag === this.#number * 8 + 2) {
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

  /** Adds all occurrences but the first of the message in a field. */
  #addPieces(field: number, into: MessageView): void {
    const { bytes } = this;
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

  /** Notes where the fields lie: one pass over the message, on the first question. */
  #locate(): void {
    const { known, repeated, merged, rivals } = this.#layout;
    const bytes = this.#backing.bytes;
    const places = this.#places;
    let present = 0;
    let inPieces = 0;
    for (let piece = 0; piece < this.#pieceCount; piece++) {
      const to = this.pieceTo(piece);
      for (let at = this.pieceFrom(piece); at < to;) {
        const start = at;
        const tag = tagAt(bytes, at);
        const number = tag < 256 ? tag >> 3 : 0;
        const bit = 1 << number;
        at = varintEnd(bytes, at);
        let value = at;
        if (tag % 8 === 2) {
          value = varintEnd(bytes, at);
          at = value + lengthAt(bytes, at);
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
