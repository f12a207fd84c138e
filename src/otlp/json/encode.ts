import { topMessage, type Field } from '../fields.js';
import type { Signal } from '../signal.js';
import { atOnce, pieceBytes, type Work } from '../work.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { at32, byteAt } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { fixed32At, varintHigh, varintLow } from '../wire/words.js';
import { tableOf, type Table } from './tables.js';
import { TextWriter } from './text-writer.js';

/**
 * Transcodes valid OTLP bytes to OTLP/JSON as the Collector writes it (docs/spec/core.md#otlp-json): 64-bit numbers as
 * text, zero values left out, ids in hex. Each field comes out once, in whichever order they lie. Without recursion,
 * and without an object or string per item.
 */
export function protoToJson(signal: Signal, bytes: Uint8Array): Uint8Array {
  const encoding = new JsonEncoding(signal, bytes);
  atOnce(encoding);
  return encoding.finish();
}

/** `protoToJson` in pieces, for large batches. */
export class JsonEncoding implements Work {
  readonly #encoder: Encoder;

  constructor(signal: Signal, bytes: Uint8Array) {
    this.#encoder = new Encoder(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), topMessage[signal]);
  }

  step(): boolean {
    return this.#encoder.work(pieceBytes);
  }

  /** Bytes that the JSON takes by now, its result included. */
  get memory(): number {
    return this.#encoder.memory;
  }

  /** The JSON, once `step` has returned false. */
  finish(): Uint8Array {
    return this.#encoder.finish();
  }
}

/** The same as text. */
export function jsonText(signal: Signal, bytes: Uint8Array): string {
  return Buffer.from(protoToJson(signal, bytes)).toString();
}

/**
 * Numbers per open message: its table, bounds, the field being written, where its slots begin, whether nothing is
 * written yet.
 */
const frameSize = 6;
const slotSize = 3;

/** Where a message lies that came in several pieces, which merge: `[from, to, from, to, ...]`. */
type Pieces = Int32Array;
const none: Int32Array = new Int32Array(0);

const noKey = Buffer.alloc(0);
const yes = Buffer.from('true');
const no = Buffer.from('false');

/** The cost of a message and of a field beside the bytes of their values, in bytes of a piece of work. */
const messageWork = 64;
const fieldWork = 16;

class Encoder {
  readonly #bytes: Buffer;
  readonly #out: TextWriter;
  #frames: Int32Array = new Int32Array(frameSize * 32);
  #depth = 0;
  /**
   * Per field of each open message: occurrences; where the value lies, or for a list the cursor and what is written of
   * it.
   */
  #slots: Int32Array = new Int32Array(slotSize * 256);
  /** By depth; undefined for the usual message in one piece. */
  readonly #pieces: (Pieces | undefined)[] = [];
  /** The halves of the number that was read last. */
  #low = 0;
  #high = 0;
  /** Bounds of what `#next` found. */
  #from = 0;
  #to = 0;
  #wire = 0;
  /** The work that the piece may still do. */
  #left = 0;
  /** The part of the innermost message whose fields are not located yet; the number of its next piece. */
  #unlocated = 0;
  #unlocatedEnd = 0;
  #unlocatedPiece = 0;
  /** The list of values that is being written: how many fields are left, and the rest of a packed one. */
  #listLeft = -1;
  #listAt = 0;
  #listEnd = 0;
  #listEmpty = true;

  constructor(bytes: Buffer, message: number) {
    this.#bytes = bytes;
    this.#out = new TextWriter(bytes.length * 2);
    this.#enter(message, 0, bytes.length, undefined);
  }

  get memory(): number {
    return this.#out.memory;
  }

  /** Does a piece of about `most` bytes; false when nothing is left to do. */
  work(most: number): boolean {
    this.#left = most;
    while (this.#depth > 0 && this.#left > 0) if (this.#locateAll()) this.#step();
    return this.#depth > 0;
  }

  finish(): Uint8Array {
    return this.#out.finish();
  }

  #enter(message: number, from: number, to: number, pieces: Pieces | undefined): void {
    const table = tableOf(message);
    const above = (this.#depth - 1) * frameSize;
    const slots =
      this.#depth === 0
        ? 0
        : at32(this.#frames, above + 4) + tableOf(at32(this.#frames, above)).fields.length * slotSize;
    const frame = this.#depth * frameSize;
    this.#frames = withRoom(this.#frames, frame + frameSize);
    this.#slots = withRoom(this.#slots, slots + table.fields.length * slotSize);
    this.#frames[frame] = message;
    this.#frames[frame + 1] = from;
    this.#frames[frame + 2] = to;
    this.#frames[frame + 3] = 0;
    this.#frames[frame + 4] = slots;
    this.#frames[frame + 5] = 1;
    this.#pieces[this.#depth++] = pieces;
    this.#slots.fill(0, slots, slots + table.fields.length * slotSize);
    this.#unlocated = pieces === undefined ? from : 0;
    this.#unlocatedEnd = pieces === undefined ? to : 0;
    this.#unlocatedPiece = 0;
    this.#out.byte(123);
    this.#left -= messageWork;
  }

  /** Notes where all fields of the innermost message lie; false when the piece ends before that. */
  #locateAll(): boolean {
    for (;;) {
      if (this.#unlocated < this.#unlocatedEnd) {
        const frame = (this.#depth - 1) * frameSize;
        this.#locate(tableOf(at32(this.#frames, frame)), at32(this.#frames, frame + 4));
        if (this.#unlocated < this.#unlocatedEnd) return false;
      }
      const pieces = this.#pieces[this.#depth - 1];
      if (pieces === undefined || this.#unlocatedPiece >= pieces.length) return true;
      this.#unlocated = at32(pieces, this.#unlocatedPiece);
      this.#unlocatedEnd = at32(pieces, this.#unlocatedPiece + 1);
      this.#unlocatedPiece += 2;
    }
  }

  /** Notes where the values of the fields lie, wherever that is, as far as the piece goes. */
  #locate({ fields, positions, rivals }: Table, slots: number): void {
    const bytes = this.#bytes;
    const to = this.#unlocatedEnd;
    let at = this.#unlocated;
    let left = this.#left;
    while (at < to && left > 0) {
      left -= fieldWork;
      const start = at;
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const value = tag % 8 === 2 ? varintEnd(bytes, at) : at;
      at = skipValue(bytes, at, tag % 8);
      const position = positions[Math.floor(tag / 8)] ?? -1;
      if (position < 0) continue;
      const slot = slots + position * slotSize;
      const field = fields[position];
      if (field === undefined) continue;
      if (field.repeated) {
        if (this.#slots[slot] === 0) this.#slots[slot + 1] = start;
        this.#slots[slot] = at32(this.#slots, slot) + 1;
        continue;
      }
      // Of a oneof only the last member that came is there, and one given twice is replaced, not merged.
      const others = rivals[position] ?? none;
      for (let i = 0; i < others.length; i++) this.#slots[slots + at32(others, i) * slotSize] = 0;
      this.#slots[slot] = field.oneof >= 0 ? 1 : at32(this.#slots, slot) + 1;
      this.#slots[slot + 1] = value;
      this.#slots[slot + 2] = at;
    }
    this.#unlocated = at;
    this.#left = left;
  }

  /** Writes up to and including the next opening of a message, or the end of this one or of the piece. */
  #step(): void {
    const frame = (this.#depth - 1) * frameSize;
    const message = at32(this.#frames, frame);
    const { fields, always } = tableOf(message);
    const slots = at32(this.#frames, frame + 4);
    for (let position = at32(this.#frames, frame + 3); position < fields.length; position++) {
      const field = fields[position];
      if (field === undefined) break;
      const slot = slots + position * slotSize;
      const count = at32(this.#slots, slot);
      if (field.type !== 'message') {
        if (count === 0) continue;
        if (field.repeated) {
          if (!this.#list(frame, position, field, slot)) {
            this.#frames[frame + 3] = position;
            return;
          }
        } else this.#single(frame, position, field, at32(this.#slots, slot + 1), at32(this.#slots, slot + 2));
      } else if (field.repeated) {
        if (count === 0) continue;
        const written = at32(this.#slots, slot + 2);
        if (written === count) {
          this.#out.byte(93);
          continue;
        }
        if (written === 0) {
          this.#key(frame, position);
          this.#out.byte(91);
        } else this.#out.byte(44);
        this.#slots[slot + 1] = this.#next(field.number, at32(this.#slots, slot + 1));
        this.#slots[slot + 2] = written + 1;
        this.#frames[frame + 3] = position;
        this.#enter(field.message, this.#from, this.#to, undefined);
        return;
      } else if (count > 0 || always[position] === true) {
        this.#key(frame, position);
        this.#frames[frame + 3] = position + 1;
        const pieces = count > 1 ? this.#piecesOf(field.number, count) : undefined;
        this.#enter(field.message, at32(this.#slots, slot + 1), at32(this.#slots, slot + 2), pieces);
        return;
      }
    }
    this.#out.byte(125);
    this.#depth--;
    // All fields of the message around it are located.
    this.#unlocated = this.#unlocatedEnd = 0;
    this.#unlocatedPiece = Number.POSITIVE_INFINITY;
  }

  #key(frame: number, position: number): void {
    if (this.#frames[frame + 5] === 1) this.#frames[frame + 5] = 0;
    else this.#out.byte(44);
    this.#out.raw(tableOf(at32(this.#frames, frame)).keys[position] ?? noKey);
  }

  /**
   * Finds the next value of a field of the open message from `cursor` on; there is one. Returns the cursor behind it.
   */
  #next(number: number, cursor: number): number {
    const bytes = this.#bytes;
    let at = cursor;
    let end = this.#endOfPiece(at);
    for (;;) {
      if (at === end) {
        at = this.#nextPiece(at);
        end = this.#endOfPiece(at);
        continue;
      }
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      this.#wire = tag % 8;
      this.#from = this.#wire === 2 ? varintEnd(bytes, at) : at;
      at = skipValue(bytes, at, this.#wire);
      this.#to = at;
      if (Math.floor(tag / 8) === number) return at;
    }
  }

  #endOfPiece(at: number): number {
    const pieces = this.#pieces[this.#depth - 1];
    if (pieces === undefined) return at32(this.#frames, (this.#depth - 1) * frameSize + 2);
    for (let i = 0; i < pieces.length; i += 2)
      if (at >= at32(pieces, i) && at < at32(pieces, i + 1)) return at32(pieces, i + 1);
    return at;
  }

  #nextPiece(at: number): number {
    const pieces = this.#pieces[this.#depth - 1] ?? none;
    for (let i = 0; i < pieces.length; i += 2)
      if (at32(pieces, i) >= at && at32(pieces, i + 1) > at32(pieces, i)) return at32(pieces, i);
    throw new Error('a field that was counted is not there');
  }

  /** All occurrences of a message that should have come once. */
  #piecesOf(number: number, count: number): Pieces {
    const found: number[] = [];
    const frame = (this.#depth - 1) * frameSize;
    let cursor = this.#pieces[this.#depth - 1]?.[0] ?? at32(this.#frames, frame + 1);
    for (let i = 0; i < count; i++) {
      cursor = this.#next(number, cursor);
      if (this.#to > this.#from) found.push(this.#from, this.#to);
    }
    return Int32Array.from(found);
  }

  #single(frame: number, position: number, field: Field, from: number, to: number): void {
    if (field.type === 'id16' || field.type === 'id8') {
      if (isZero(this.#bytes, from, to)) return;
    } else if (field.oneof < 0 && this.#isDefault(field, from, to)) return;
    this.#key(frame, position);
    this.#value(field, from, to);
  }

  #isDefault(field: Field, from: number, to: number): boolean {
    if (field.type === 'string' || field.type === 'bytes') return from === to;
    // Minus zero counts as zero.
    if (field.type === 'double') return isZero(this.#bytes, from, to - 1) && (byteAt(this.#bytes, to - 1) & 127) === 0;
    if (isFixed(field)) return isZero(this.#bytes, from, to);
    this.#readVarint(from);
    return this.#low === 0 && (this.#high === 0 || is32(field));
  }

  /**
   * Values of a repeated field that are no messages, packed or not. False when the piece ends before that: it goes on
   * with the next call.
   */
  #list(frame: number, position: number, field: Field, slot: number): boolean {
    const packable = field.type !== 'string' && field.type !== 'bytes';
    if (this.#listLeft < 0) {
      this.#listLeft = at32(this.#slots, slot);
      this.#listAt = this.#listEnd = 0;
      this.#listEmpty = true;
    }
    for (;;) {
      if (this.#listAt === this.#listEnd) {
        if (this.#listLeft === 0) break;
        if (this.#left <= 0) return false;
        this.#listLeft--;
        this.#left -= fieldWork;
        this.#slots[slot + 1] = this.#next(field.number, at32(this.#slots, slot + 1));
        if (!packable || this.#wire !== 2) {
          this.#element(frame, position, field, this.#from, this.#to);
          continue;
        }
        this.#listAt = this.#from;
        this.#listEnd = this.#to;
        continue;
      }
      if (this.#left <= 0) return false;
      this.#left -= fieldWork;
      const at = this.#listAt;
      this.#listAt = isFixed(field) ? at + 8 : varintEnd(this.#bytes, at);
      this.#element(frame, position, field, at, this.#listAt);
    }
    this.#listLeft = -1;
    if (!this.#listEmpty) this.#out.byte(93);
    return true;
  }

  #element(frame: number, position: number, field: Field, from: number, to: number): void {
    if (this.#listEmpty) {
      this.#key(frame, position);
      this.#out.byte(91);
      this.#listEmpty = false;
    } else this.#out.byte(44);
    this.#value(field, from, to);
  }

  #value(field: Field, from: number, to: number): void {
    this.#left -= to - from;
    const out = this.#out;
    const bytes = this.#bytes;
    switch (field.type) {
      case 'string':
        out.text(bytes, from, to);
        return;
      case 'bytes':
        out.base64(bytes, from, to);
        return;
      case 'id16':
      case 'id8':
        out.hex(bytes, from, to);
        return;
      case 'double':
        this.#double(bytes.readDoubleLE(from));
        return;
      case 'fixed32':
        out.unsigned(fixed32At(bytes, from), 0);
        return;
      case 'fixed64':
      case 'sfixed64':
        this.#low = fixed32At(bytes, from);
        this.#high = fixed32At(bytes, from + 4);
        this.#quoted(field.type === 'sfixed64');
        return;
      case 'uint64':
      case 'int64':
        this.#readVarint(from);
        this.#quoted(field.type === 'int64');
        return;
      default:
        this.#readVarint(from);
        this.#small(field);
    }
  }

  #quoted(signed: boolean): void {
    this.#out.byte(34);
    if (signed) this.#out.signed(this.#low, this.#high);
    else this.#out.unsigned(this.#low, this.#high);
    this.#out.byte(34);
  }

  /** Numbers of 32 bits, whose upper halves do not count, and bools. */
  #small({ type }: Field): void {
    const low = this.#low;
    if (type === 'bool') this.#out.raw(low === 0 && this.#high === 0 ? no : yes);
    else if (type === 'uint32') this.#out.unsigned(low, 0);
    else {
      const value = type === 'sint32' ? (low >>> 1) ^ -(low & 1) : low | 0;
      this.#out.signed(value >>> 0, value < 0 ? 0xffff_ffff : 0);
    }
  }

  #double(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      const magnitude = Math.abs(value);
      if (value < 0) this.#out.byte(45);
      this.#out.unsigned(magnitude >>> 0, Math.floor(magnitude / 0x1_0000_0000));
    } else this.#out.ascii(doubleText(value));
  }

  /** Reads a varint of up to ten bytes into the halves. */
  #readVarint(from: number): void {
    this.#low = varintLow(this.#bytes, from);
    this.#high = varintHigh(this.#bytes, from);
  }
}

function isFixed({ type }: Field): boolean {
  return type === 'fixed64' || type === 'sfixed64' || type === 'double' || type === 'fixed32';
}

function is32({ type }: Field): boolean {
  return type !== 'bool' && type !== 'int64' && type !== 'uint64';
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** The language's own shortest form: there is no cheaper way to it. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (value === Infinity) return '"Infinity"';
  if (value === -Infinity) return '"-Infinity"';
  return Object.is(value, -0) ? '-0' : String(value);
}
