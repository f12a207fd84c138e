import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { doubleAt, fixed32At, varintHigh, varintLow } from '../wire/words.js';
import type { MessageFields } from './message-fields.js';
import { Range } from './range.js';
import { Word64 } from './word64.js';

/** The occurrences of a repeated field that is no message, in their order. */
export abstract class ScalarList {
  #owner: MessageFields | undefined;
  #field = 0;
  #piece = 0;
  /** Where the search for the next occurrence goes on. */
  #search = 0;
  /** The part of the current occurrence that was not read yet. */
  protected at = 0;
  protected end = 0;

  /** Moves before the first value of a field of `owner`. */
  begin(owner: MessageFields, field: number): void {
    this.#owner = owner;
    this.#field = field;
    this.#piece = this.#search = this.at = this.end = 0;
  }

  /** Moves to the next value; false behind the last one. */
  abstract next(): boolean;

  /** The bytes that the values stand in. */
  protected get owner(): MessageFields | undefined {
    return this.#owner;
  }

  /** Moves `at` and `end` to the next occurrence of the field; false behind the last one. */
  protected nextOccurrence(): boolean {
    const owner = this.#owner;
    if (owner === undefined) return false;
    const { bytes } = owner;
    // The pieces of an edited message stand in any order, so that `#search` counts within its own piece only.
    for (; this.#piece < owner.pieceCount; this.#piece++, this.#search = 0) {
      const to = owner.pieceTo(this.#piece);
      for (let at = Math.max(this.#search, owner.pieceFrom(this.#piece)); at < to;) {
        const tag = tagAt(bytes, at);
        at = varintEnd(bytes, at);
        const end = skipValue(bytes, at, tag % 8);
        this.#search = end;
        if (tag < 256 && tag >> 3 === this.#field) {
          this.at = tag % 8 === 2 ? varintEnd(bytes, at) : at;
          this.end = end;
          return true;
        }
        at = end;
      }
    }
    return false;
  }
}

/** Texts: `for (const keys = entity.idKeys(); keys.next();) keys.value.is(hostName)`. */
export class TextList extends ScalarList {
  readonly value: Range = new Range();

  override next(): boolean {
    const owner = this.nextOccurrence() ? this.owner : undefined;
    if (owner) this.value.move(owner.backing, this.at, this.end);
    return owner !== undefined;
  }
}

/**
 * Numbers, packed or not: `for (const counts = point.bucketCounts(); counts.next();) sum += counts.value.toNumber()`.
 */
abstract class NumberList extends ScalarList {
  override next(): boolean {
    while (this.at >= this.end) if (!this.nextOccurrence()) return false;
    const { owner } = this;
    if (owner === undefined) return false;
    this.at = this.read(owner.bytes, this.at);
    return true;
  }

  /** Reads the number at `at`; the result is the offset behind it. */
  protected abstract read(bytes: Uint8Array, at: number): number;
}

/** Values of type double. */
export class DoubleList extends NumberList {
  value = 0;

  protected override read(bytes: Uint8Array, at: number): number {
    this.value = doubleAt(bytes, at);
    return at + 8;
  }
}

/** Values of type int32. */
export class Int32List extends NumberList {
  value = 0;

  protected override read(bytes: Uint8Array, at: number): number {
    this.value = varintLow(bytes, at) | 0;
    return varintEnd(bytes, at);
  }
}

/** Values of type int64 and uint64. */
export class Varint64List extends NumberList {
  readonly value: Word64 = new Word64();

  protected override read(bytes: Uint8Array, at: number): number {
    this.value.low = varintLow(bytes, at);
    this.value.high = varintHigh(bytes, at);
    return varintEnd(bytes, at);
  }
}

/** Values of type fixed64. */
export class Fixed64List extends NumberList {
  readonly value: Word64 = new Word64();

  protected override read(bytes: Uint8Array, at: number): number {
    this.value.low = fixed32At(bytes, at);
    this.value.high = fixed32At(bytes, at + 4);
    return at + 8;
  }
}
