import { varintSize, writeVarint } from '../wire/varint.js';

/** The value of each hexadecimal digit; 255 for other bytes. */
const nibbles: Uint8Array = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  nibbles[digit.toString(16).charCodeAt(0)] = digit;
  nibbles[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Writes protobuf front to back without knowing lengths ahead: bodies go down without their length prefixes, marks say
 * where these belong, and `finish` sets them in, so that every length is as short as it can be.
 */
export class ProtoWriter {
  #bytes: Buffer;
  #at = 0;
  /** Per length-delimited part, in order of opening: where its body begins, and its length. */
  #parts: Int32Array = new Int32Array(1024);
  #used = 0;
  /** Open parts, and how many bytes of prefixes have to be set into each. */
  #open: Int32Array = new Int32Array(64);
  #depth = 0;
  #prefixes = 0;

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expected));
  }

  tag(number: number, wire: number): void {
    this.#room(5);
    this.#at = writeVarint(this.#bytes, this.#at, number * 8 + wire);
  }

  /** A whole number from 0 up to 2^53. */
  varint(value: number): void {
    this.#room(10);
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  /** A varint of 64 bits, given as halves. */
  varint64(low: number, high: number): void {
    this.#room(10);
    let rest = low;
    for (let above = high; above !== 0 || rest > 127; above >>>= 7) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest = ((rest >>> 7) | (above << 25)) >>> 0;
    }
    this.#bytes[this.#at++] = rest;
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value >>> 0, this.#at);
  }

  fixed64(low: number, high: number): void {
    this.fixed32(low);
    this.fixed32(high);
  }

  /** Not-a-number has the bits that the Collector gives it: identities of resources are hashed from them. */
  double(value: number): void {
    if (Number.isNaN(value)) {
      this.fixed64(1, 0x7ff80000);
      return;
    }
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** Bytes with their length. */
  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A run of another buffer, with its length. */
  delimitedRun(source: Buffer, from: number, to: number): void {
    this.varint(to - from);
    this.#room(to - from);
    this.#at = copy(source, from, to, this.#bytes, this.#at);
  }

  /** The bytes that `2 * size` hexadecimal digits stand for, with their length; false for anything that is no digit. */
  hexRun(source: Uint8Array, from: number, size: number): boolean {
    this.varint(size);
    this.#room(size);
    for (let i = 0; i < size; i++) {
      const upper = nibbles[source[from + i * 2] as number] as number;
      const lower = nibbles[source[from + i * 2 + 1] as number] as number;
      if ((upper | lower) > 15) return false;
      this.#bytes[this.#at++] = (upper << 4) | lower;
    }
    return true;
  }

  /** Opens a length-delimited part; its tag has been written. */
  open(): void {
    if (this.#used + 2 > this.#parts.length) this.#parts = doubled(this.#parts);
    if (this.#depth + 2 > this.#open.length) this.#open = doubled(this.#open);
    this.#open[this.#depth++] = this.#used;
    this.#open[this.#depth++] = 0;
    this.#parts[this.#used++] = this.#at;
    this.#parts[this.#used++] = 0;
  }

  close(): void {
    const inner = this.#open[--this.#depth] as number;
    const part = this.#open[--this.#depth] as number;
    const length = this.#at - (this.#parts[part] as number) + inner;
    this.#parts[part + 1] = length;
    const prefix = varintSize(length);
    this.#prefixes += prefix;
    if (this.#depth > 0) this.#open[this.#depth - 1] = (this.#open[this.#depth - 1] as number) + prefix + inner;
  }

  finish(): Uint8Array {
    const result = Buffer.allocUnsafeSlow(this.#at + this.#prefixes);
    let from = 0;
    let to = 0;
    for (let part = 0; part < this.#used; part += 2) {
      const start = this.#parts[part] as number;
      to = copy(this.#bytes, from, start, result, to);
      to = writeVarint(result, to, this.#parts[part + 1] as number);
      from = start;
    }
    copy(this.#bytes, from, this.#at, result, to);
    return result;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Copies a run and answers the offset behind it. Below some length a loop is cheaper than the call. */
function copy(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from > 64) return at + source.copy(target, at, from, to);
  let next = at;
  for (let i = from; i < to; i++) target[next++] = source[i] as number;
  return next;
}

function doubled(rows: Int32Array): Int32Array {
  const more = new Int32Array(rows.length * 2);
  more.set(rows);
  return more;
}
