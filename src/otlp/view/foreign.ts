import { varintHigh, varintLow, fixed32At, doubleAt } from '../wire/words.js';
import { hasVarint, lengthAt, tagAt, varintEnd } from '../wire/varint.js';

/**
 * A cursor over the fields of a protobuf message that is not OTLP and has not been checked, such as the metric families
 * of a Prometheus endpoint. It makes no object per field, and stops at the first byte that is no protobuf.
 *
 * @example
 * const reader = new ForeignReader(bytes);
 * reader.enter(0, bytes.length);
 * while (reader.next()) if (reader.tag === 10) name = reader.text();
 * if (reader.broken) throw new Error('no protobuf');
 */
export class ForeignReader {
  readonly bytes: Buffer;
  /** Field number * 8 + wire type of the current field. */
  tag = 0;
  /** Where the value of the current field stands, without the length before it. */
  from = 0;
  to = 0;
  /** The message ended in the middle of a field, or has a wire type that does not exist. */
  broken = false;
  #at = 0;
  #end = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Stands before the first field of the message in `[from, to)`. */
  enter(from: number, to: number): this {
    this.#at = from;
    this.#end = to;
    this.broken = false;
    return this;
  }

  /** Steps to the next field; false behind the last one, and where the message is broken. */
  next(): boolean {
    const { bytes } = this;
    const end = this.#end;
    if (this.#at >= end) return false;
    if (!hasVarint(bytes, this.#at, end)) return this.#fail();
    this.tag = tagAt(bytes, this.#at);
    const from = varintEnd(bytes, this.#at);
    const wire = this.tag & 7;
    if (this.tag < 8) return this.#fail();
    if (wire === 0 || wire === 2) {
      if (!hasVarint(bytes, from, end)) return this.#fail();
      const behind = varintEnd(bytes, from);
      this.from = wire === 0 ? from : behind;
      this.to = wire === 0 ? behind : behind + lengthAt(bytes, from);
    } else if (wire === 1 || wire === 5) {
      this.from = from;
      this.to = from + (wire === 1 ? 8 : 4);
    } else return this.#fail();
    if (this.to > end) return this.#fail();
    this.#at = this.to;
    return true;
  }

  /** The current field as UTF-8. */
  text(): string {
    return this.bytes.toString('utf8', this.from, this.to);
  }

  /** The current 64-bit double. */
  double(): number {
    return doubleAt(this.bytes, this.from);
  }

  /** The current 32-bit float. */
  float(): number {
    return this.bytes.readFloatLE(this.from);
  }

  /** The current 32 fixed bits. */
  fixed32(): number {
    return fixed32At(this.bytes, this.from);
  }

  /** The current varint as an unsigned number, exact up to 2^53. */
  uint(): number {
    return varintHigh(this.bytes, this.from) * 2 ** 32 + varintLow(this.bytes, this.from);
  }

  /** The current varint as a signed number of 64 bits (`int64`), exact up to 2^53. */
  int(): number {
    return (varintHigh(this.bytes, this.from) | 0) * 2 ** 32 + varintLow(this.bytes, this.from);
  }

  /** The current varint as a zigzag number (`sint32`, `sint64`), exact up to 2^53. */
  sint(): number {
    return zigzagAt(this.bytes, this.from);
  }

  #fail(): false {
    this.broken = true;
    return false;
  }
}

/** The zigzag varint at `at`, exact up to 2^53. */
function zigzagAt(bytes: Uint8Array, at: number): number {
  const low = varintLow(bytes, at);
  const high = varintHigh(bytes, at);
  const half = Math.floor(high / 2) * 2 ** 32 + (((low >>> 1) | ((high & 1) << 31)) >>> 0);
  return (low & 1) === 0 ? half : -half - 1;
}

/** Adds the zigzag varints of a packed field in `[from, to)` to `numbers`; false where it is broken. */
export function packedZigzags(bytes: Uint8Array, from: number, to: number, numbers: number[]): boolean {
  for (let at = from; at < to; at = varintEnd(bytes, at)) {
    if (!hasVarint(bytes, at, to)) return false;
    numbers.push(zigzagAt(bytes, at));
  }
  return true;
}

/** Adds the doubles of a packed field in `[from, to)` to `numbers`; false where it is broken. */
export function packedDoubles(bytes: Uint8Array, from: number, to: number, numbers: number[]): boolean {
  if ((to - from) % 8 !== 0) return false;
  for (let at = from; at < to; at += 8) numbers.push(doubleAt(bytes, at));
  return true;
}

/**
 * The length-delimited messages of a stream, one after the other. `read` gives the bounds of the next one; false at the
 * end of the stream, and where it is broken.
 */
export class DelimitedMessages {
  readonly #bytes: Uint8Array;
  #at = 0;
  from = 0;
  to = 0;
  broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): boolean {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) return false;
    if (hasVarint(bytes, this.#at, bytes.length)) {
      this.from = varintEnd(bytes, this.#at);
      this.to = this.from + lengthAt(bytes, this.#at);
      this.#at = this.to;
      if (this.to <= bytes.length) return true;
    }
    this.broken = true;
    return false;
  }
}
