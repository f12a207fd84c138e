import { topMessage } from '../fields.js';
import type { Signal } from '../signal.js';
import { atOnce, pieceBytes, visitedAtOnce, type Work } from '../work.js';
import { at32, byteAt } from './at.js';
import { Index } from './item-index.js';
import { withRoom } from './numbers.js';
import { groupDepth, groupFieldEnd, scan, scanFields, type Scanned } from './scan.js';
import { fieldCodes, IndexRole, reservedCodes, roles, rowLength, Wire } from './tables.js';
import { hasVarint, lengthAt, tagAt, varintEnd } from './varint.js';

/** Visits every field of an export request once, however large. @throws InvalidOtlp */
export function scanAll(signal: Signal, bytes: Uint8Array): Scanned {
  if (bytes.length <= visitedAtOnce) return scan(signal, bytes);
  const work = new PiecewiseScan(signal, bytes);
  atOnce(work);
  return work.finish();
}

/**
 * The scan of a large request in pieces. A piece is a run of whole fields of one message; a message that is larger than
 * a piece is entered here, and its fields become pieces. `step` throws `InvalidOtlp`.
 */
export class PiecewiseScan implements Work {
  readonly #signal: Signal;
  readonly #bytes: Uint8Array;
  readonly #piece: number;
  readonly #counted: boolean;
  readonly #resources: Rows = new Rows();
  readonly #scopes: Rows = new Rows();
  readonly #items: Rows = new Rows();
  /** The row of the item that was found last, which the next fields may be a part of. */
  #open: Int32Array | undefined;
  #points = 0;
  #reserved = false;
  /** Frames of 2 of the messages around: end, number. */
  #stack: Int32Array = new Int32Array(64);
  #depth = 0;
  #at = 0;
  #end: number;
  #message: number;
  /** Of the field that `#fieldEnd` has read: its message, -1 for none, and where its body begins. */
  #child = -1;
  #body = 0;
  /** An unknown group is being skipped while this is above 0: it counts those that have begun and not ended. */
  #groups = 0;
  /** Where the outermost one begins. */
  #group = 0;

  /** `piece`: the size of a piece, bytes. */
  constructor(signal: Signal, bytes: Uint8Array, piece: number = pieceBytes) {
    this.#signal = signal;
    this.#bytes = bytes;
    this.#piece = piece;
    this.#counted = signal === 'metrics' || signal === 'profiles';
    this.#message = topMessage[signal];
    this.#end = bytes.length;
  }

  /** Bytes of the index so far. */
  get indexBytes(): number {
    return (this.#resources.numbers + this.#scopes.numbers + this.#items.numbers) * 4;
  }

  /** The reserved field 1000 of an old sender occurs; see `deprecated-scopes.ts`. */
  get reserved(): boolean {
    return this.#reserved;
  }

  step(): boolean {
    const stop = this.#at + this.#piece;
    while (this.#at < stop) {
      while (this.#at === this.#end && this.#groups === 0) {
        if (this.#depth === 0) return false;
        this.#depth -= 2;
        this.#end = at32(this.#stack, this.#depth);
        this.#message = at32(this.#stack, this.#depth + 1);
      }
      if (this.#groups > 0) this.#skipGroup(stop);
      else this.#next(stop);
    }
    return true;
  }

  /** The result, once `step` has returned false. While it is made, the index is there twice. */
  finish(): Scanned {
    this.#closeItem();
    const index = new Index(this.#resources.join(), this.#scopes.join(), this.#items.join());
    return { index, count: this.#counted ? this.#points : index.itemCount, reserved: this.#reserved };
  }

  /** Scans as many whole fields as end before `stop`, but at least one, or enters a message that fits no piece. */
  #next(stop: number): void {
    const from = this.#at;
    let to = from;
    while (to < this.#end) {
      const next = this.#fieldEnd(to);
      if (next < 0 || next - from > this.#piece || (next > stop && to > from)) break;
      to = next;
    }
    if (to > from) {
      this.#scan(from, to);
      return;
    }
    if (this.#beginGroup(from)) return;
    const next = this.#fieldEnd(from);
    if (next < 0) this.#scan(from, this.#end);
    else if (this.#child < 0) this.#scan(from, next);
    else this.#enter(from, next);
  }

  /** Whether an unknown group begins at `start`: its fields, which may be millions, are no part of a scan. */
  #beginGroup(start: number): boolean {
    const bytes = this.#bytes;
    if (!hasVarint(bytes, start, this.#end)) return false;
    const tag = tagAt(bytes, start);
    const field = Math.floor(tag / 8);
    // The scan says what is wrong with a group of a known field, or of a number that no field has.
    if (tag % 8 !== 3 || field < 1 || field >= 2 ** 31 || this.#codeOf(field) !== Wire.unknown) return false;
    this.#group = start;
    this.#groups = 1;
    this.#at = varintEnd(bytes, start);
    return true;
  }

  #skipGroup(stop: number): void {
    const bytes = this.#bytes;
    for (let at = this.#at; this.#groups > 0 && at < stop; this.#at = at) {
      this.#groups += groupDepth(bytes, at);
      at = groupFieldEnd(this.#signal, bytes, this.#group, at, this.#end);
    }
  }

  #scan(from: number, to: number): void {
    const { index, count, reserved } = scanFields(this.#signal, this.#bytes, this.#message, from, to, this.#open);
    const { resources, scopes, items } = index;
    for (let i = 3; i < scopes.length; i += 4) scopes[i] = at32(scopes, i) + this.#items.count;
    for (let i = 3; i < resources.length; i += 4) resources[i] = at32(resources, i) + this.#scopes.count;
    this.#resources.add(resources);
    this.#scopes.add(scopes);
    if (items.length > 0) {
      this.#items.add(items.subarray(0, -4));
      this.#open = items.slice(-4);
    }
    if (this.#counted) this.#points += count;
    this.#reserved ||= reserved;
    this.#at = to;
  }

  /** Enters the message from `start` to `end` that `#fieldEnd` has read. */
  #enter(start: number, end: number): void {
    const open = this.#open;
    switch (roles[this.#child]) {
      case IndexRole.item:
      case IndexRole.metric:
        this.#closeItem();
        this.#open = Int32Array.of(start, this.#body, end, this.#counted ? 0 : -1);
        break;
      case IndexRole.point:
        this.#points++;
        if (open) open[3] = at32(open, 3) + 1;
        break;
      case IndexRole.data:
        if (!open) break;
        this.#points -= at32(open, 3);
        open[3] = 0;
        break;
      case IndexRole.scope:
        this.#closeItem();
        this.#scopes.add(Int32Array.of(start, this.#body, end, this.#items.count));
        break;
      case IndexRole.resource:
        this.#resources.add(Int32Array.of(start, this.#body, end, this.#scopes.count));
    }
    this.#stack = withRoom(this.#stack, this.#depth + 2);
    this.#stack[this.#depth++] = this.#end;
    this.#stack[this.#depth++] = this.#message;
    this.#end = end;
    this.#message = this.#child;
    this.#at = this.#body;
  }

  #closeItem(): void {
    if (this.#open) this.#items.add(this.#open);
    this.#open = undefined;
  }

  /** The offset behind the field at `start`; -1 for a group, and for a field that is broken, which the scan names. */
  #fieldEnd(start: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    this.#child = -1;
    if (!hasVarint(bytes, start, end)) return -1;
    const tag = tagAt(bytes, start);
    const value = varintEnd(bytes, start);
    switch (tag % 8) {
      case 0:
        return hasVarint(bytes, value, end) ? varintEnd(bytes, value) : -1;
      case 1:
        return value + 8 <= end ? value + 8 : -1;
      case 5:
        return value + 4 <= end ? value + 4 : -1;
      case 2:
        return this.#lengthDelimited(Math.floor(tag / 8), value);
      default:
        return -1;
    }
  }

  #lengthDelimited(field: number, value: number): number {
    const bytes = this.#bytes;
    if (!hasVarint(bytes, value, this.#end)) return -1;
    const body = varintEnd(bytes, value);
    const negative = body - value === 10 && (byteAt(bytes, body - 1) & 1) === 1;
    const next = body + lengthAt(bytes, value);
    if (negative || next > this.#end) return -1;
    const code = this.#codeOf(field);
    if (code >= Wire.message) {
      this.#child = code - Wire.message;
      this.#reserved ||= field === 1000;
    }
    this.#body = body;
    return next;
  }

  #codeOf(field: number): number {
    if (field < rowLength) return byteAt(fieldCodes, this.#message * rowLength + field);
    return field === 1000 ? byteAt(reservedCodes, this.#message) : Wire.unknown;
  }
}

/** Rows of an index, a piece after the other. */
class Rows {
  #pieces: Int32Array[] = [];
  numbers = 0;

  get count(): number {
    return this.numbers >> 2;
  }

  add(piece: Int32Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.numbers += piece.length;
  }

  join(): Int32Array {
    const all = new Int32Array(this.numbers);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    return all;
  }
}
