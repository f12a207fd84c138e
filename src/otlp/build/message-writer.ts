import type { Key } from '../view/key.js';
import { at32, byteAt } from '../wire/at.js';
import { copyWords } from '../wire/copy-words.js';
import { dataViewOf, type ViewedBytes } from '../wire/viewed-bytes.js';
import { withRoom } from '../wire/numbers.js';
import { varintSize, writeVarint } from '../wire/varint.js';

/** The value of each hexadecimal digit; 255 for other bytes. */
const nibbles: Uint8Array = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  nibbles[digit.toString(16).charCodeAt(0)] = digit;
  nibbles[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Scratch above this size is not kept for the next message, bytes. */
const mostKept = 1024 * 1024;
/** Numbers of parts that `finishing` copies at once: some milliseconds when each is tiny. */
const partsAtOnce = 1 << 18;
/** Runs up to this length are copied byte by byte: the call that copies longer ones costs as much as 200 bytes. */
const shortRun = 160;
/** Text of at most this length, in UTF-16 units, has a length prefix of one byte, whatever its characters. */
const oneByteLength = 42;

/** Bytes before a message that is handed over, into which its first lengths go: as many as a few resources need. */
const headroom = 256;

/** ASCII of at most this length is written faster by a loop than by the call into the runtime. */
const mostLooped = 64;

/** Where a writer gets memory from, and gives back what it has outgrown. */
export interface WriterMemory {
  allocate(size: number): Buffer;
  /** Has no effect on memory that is not from `allocate`. */
  release(bytes: Uint8Array): void;
}

/**
 * Writes protobuf front to back without knowing lengths ahead: bodies go down without their length prefixes, marks say
 * where these belong, and `finish` sets them in, so that every length is as short as it can be. Tags are numbers of
 * `tagOf`.
 *
 * @example
 * const writer = new MessageWriter();
 * writer.tag(tagOf('TracesData', 'resource_spans'));
 * writer.open();
 * writer.text(tagOf('ResourceSpans', 'schema_url'), 'https://opentelemetry.io/schemas/1.26.0');
 * writer.close();
 * const bytes = writer.finish((size) => Buffer.allocUnsafeSlow(size));
 */
export class MessageWriter {
  #bytes: Buffer;
  /** Of `#bytes`. */
  #view: DataView;
  #at = 0;
  /** Per length-delimited part, in order of opening: where its body begins, and its length. */
  #parts: Int32Array = new Int32Array(1024);
  #used = 0;
  /** Open parts, and how many bytes of prefixes have to be set into each. */
  #open: Int32Array = new Int32Array(64);
  #depth = 0;
  #prefixes = 0;

  /** Where the first byte goes. */
  readonly #base: number;
  /** For what `handOver` gives away. */
  readonly #memory: WriterMemory | undefined;
  /** Bytes of the memory that was given away last: the next message is about as long. */
  #usual = 0;

  /** `expected`: about how many bytes will be written; more is possible. `memory`: `handOver` may give it away. */
  constructor(expected = 4096, memory?: WriterMemory) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expected));
    this.#view = dataViewOf(this.#bytes);
    this.#memory = memory;
    this.#base = this.#at = memory ? headroom : 0;
  }

  tag(tag: number): void {
    this.#room(5);
    this.#at = writeVarint(this.#bytes, this.#at, tag);
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
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }

  fixed64(low: number, high: number): void {
    this.#room(8);
    this.#view.setInt32(this.#at, low, true);
    this.#view.setInt32(this.#at + 4, high, true);
    this.#at += 8;
  }

  /** Not-a-number has the bits that the Collector gives it: identities of resources are hashed from them. */
  double(value: number): void {
    if (Number.isNaN(value)) {
      this.fixed64(1, 0x7ff80000);
      return;
    }
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** A string field: its tag, its length and UTF-8. */
  text(tag: number, text: string): void {
    const { length } = text;
    this.#room(15 + length * 3);
    let at = writeVarint(this.#bytes, this.#at, tag);
    if (length > oneByteLength) {
      at = writeVarint(this.#bytes, at, Buffer.byteLength(text));
      this.#at = at + this.#bytes.write(text, at);
      return;
    }
    const place = at++;
    // Short texts are mostly ASCII, which a loop writes faster than the call into the runtime.
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) {
        at = place + 1 + this.#bytes.write(text, place + 1);
        break;
      }
      this.#bytes[at++] = unit;
    }
    this.#bytes[place] = at - place - 1;
    this.#at = at;
  }

  /**
   * Everything of a message with a text and a value up to the value's body, of which `size` bytes follow: tag and
   * length of the message, its text, tag and length of the value. Nothing has to be opened for it. An empty text is
   * left out, as protobuf does it.
   */
  entryHead(tag: number, textTag: number, text: string, valueTag: number, size: number): void {
    const length = text.length;
    if (length === 0) {
      this.tag(tag);
      this.varint(1 + varintSize(size) + size);
      this.tag(valueTag);
      return this.varint(size);
    }
    this.#room(40 + length * 3);
    const bytes = this.#bytes;
    const before = this.#at;
    let at = writeVarint(bytes, before, tag);
    at = writeVarint(bytes, at, 2 + varintSize(length) + length + varintSize(size) + size);
    at = writeVarint(bytes, at, textTag);
    at = writeVarint(bytes, at, length);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return this.#wideEntryHead(tag, textTag, text, valueTag, size);
      bytes[at++] = unit;
    }
    at = writeVarint(bytes, at, valueTag);
    this.#at = writeVarint(bytes, at, size);
  }

  /** The same for a text that is not ASCII. */
  #wideEntryHead(tag: number, textTag: number, text: string, valueTag: number, size: number): void {
    const length = Buffer.byteLength(text);
    let at = writeVarint(this.#bytes, this.#at, tag);
    at = writeVarint(this.#bytes, at, 2 + varintSize(length) + length + varintSize(size) + size);
    at = writeVarint(this.#bytes, at, textTag);
    at = writeVarint(this.#bytes, at, length);
    at += this.#bytes.write(text, at);
    at = writeVarint(this.#bytes, at, valueTag);
    this.#at = writeVarint(this.#bytes, at, size);
  }

  /** The same for a text that is there as bytes, which may be empty. */
  keyHead(tag: number, textTag: number, { words }: Key, valueTag: number, size: number): void {
    const length = words.byteLength;
    this.#room(40 + length);
    const bytes = this.#bytes;
    let at = writeVarint(bytes, this.#at, tag);
    at = writeVarint(bytes, at, 2 + varintSize(length) + length + varintSize(size) + size);
    at = writeVarint(bytes, at, textTag);
    at = writeVarint(bytes, at, length);
    at = copyWords(words, 0, length, this.#view, at);
    at = writeVarint(bytes, at, valueTag);
    this.#at = writeVarint(bytes, at, size);
  }

  /** A string field whose text takes `size` bytes of UTF-8. */
  sizedText(tag: number, text: string, size: number): void {
    this.#room(15 + size);
    let at = writeVarint(this.#bytes, this.#at, tag);
    at = writeVarint(this.#bytes, at, size);
    if (size === text.length && size <= mostLooped)
      for (let i = 0; i < size; i++) this.#bytes[at++] = text.charCodeAt(i);
    else at += this.#bytes.write(text, at);
    this.#at = at;
  }

  /** Bytes with their length. */
  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.rawRun(bytes, 0, bytes.length);
  }

  /** A run of another buffer whose bytes are fields already. */
  rawRun(source: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    if (to - from > shortRun)
      this.#bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.#at);
    else for (let i = from; i < to; i++) this.#bytes[this.#at + i - from] = byteAt(source, i);
    this.#at += to - from;
  }

  /** The same for bytes that have a view: short runs are copied by words. */
  viewedRun(source: ViewedBytes, from: number, to: number): void {
    if (to - from > shortRun) {
      this.rawRun(source.bytes, from, to);
      return;
    }
    this.#room(to - from);
    this.#at = copyWords(source.view, from, to, this.#view, this.#at);
  }

  /** A run of another buffer, with its length. */
  delimitedRun(source: Buffer, from: number, to: number): void {
    this.varint(to - from);
    this.#room(to - from);
    this.#at = copyRun(source, from, to, this.#bytes, this.#at);
  }

  /** The bytes that `2 * size` hexadecimal digits stand for, with their length; false for anything that is no digit. */
  hexRun(source: Uint8Array, from: number, size: number): boolean {
    this.varint(size);
    this.#room(size);
    for (let i = 0; i < size; i++) {
      const upper = byteAt(nibbles, byteAt(source, from + i * 2));
      const lower = byteAt(nibbles, byteAt(source, from + i * 2 + 1));
      if ((upper | lower) > 15) return false;
      this.#bytes[this.#at++] = (upper << 4) | lower;
    }
    return true;
  }

  /** Opens a length-delimited part; its tag has been written. */
  open(): void {
    this.#parts = withRoom(this.#parts, this.#used + 2);
    this.#open = withRoom(this.#open, this.#depth + 2);
    this.#open[this.#depth++] = this.#used;
    this.#open[this.#depth++] = 0;
    this.#parts[this.#used++] = this.#at;
    this.#parts[this.#used++] = 0;
  }

  close(): void {
    const inner = at32(this.#open, --this.#depth);
    const part = at32(this.#open, --this.#depth);
    const length = this.#at - at32(this.#parts, part) + inner;
    this.#parts[part + 1] = length;
    const prefix = varintSize(length);
    this.#prefixes += prefix;
    if (this.#depth > 0) this.#open[this.#depth - 1] = at32(this.#open, this.#depth - 1) + prefix + inner;
  }

  /** Drops what the innermost open part has so far; everything when none is open. */
  rewind(): void {
    if (this.#depth === 0) {
      this.#at = this.#base;
      this.#used = this.#prefixes = 0;
      return;
    }
    const part = at32(this.#open, this.#depth - 2);
    this.#at = at32(this.#parts, part);
    this.#used = part + 2;
    this.#prefixes -= at32(this.#open, this.#depth - 1);
    this.#open[this.#depth - 1] = 0;
  }

  /** Bytes that `finish` or `finishInto` will write. */
  get size(): number {
    return this.#at - this.#base + this.#prefixes;
  }

  /** Bytes of memory that the writer takes, and the message that `finish` will make. */
  get memory(): number {
    return this.#bytes.length + this.#parts.byteLength + this.#open.byteLength + this.size;
  }

  /** The message, exactly sized, in memory that `allocate` returns. The writer is empty again. */
  finish<T extends Uint8Array>(allocate: (size: number) => T): T {
    const result = allocate(this.size);
    this.finishInto(result, 0);
    return result;
  }

  /**
   * The message in the memory that it was written to, which becomes the caller's; undefined when `finish` must copy it:
   * it is small beside that memory, or has many lengths. The writer is empty again.
   */
  handOver(): Buffer | undefined {
    const bytes = this.#bytes;
    if (!this.#memory || this.#prefixes > this.#base || this.#at < bytes.length / 2) return undefined;
    if (this.#usual === 0 && bytes.length < mostKept / 2) return undefined;
    // Bytes before a length move by less than the lengths to come: they never overwrite bytes that have yet to move.
    const from = this.#base - this.#prefixes;
    this.#copyParts(bytes, from, 0, this.#used);
    const message = bytes.subarray(from, this.#at);
    this.#usual = Math.min(bytes.length, mostKept);
    this.#take(nothing);
    this.#at = this.#base;
    this.#used = this.#depth = this.#prefixes = 0;
    return message;
  }

  /** Writes the message to `target` from `at` on and returns the offset behind it. The writer is empty again. */
  finishInto(target: Uint8Array, at: number): number {
    const last = this.#copyParts(target, at, 0, this.#used);
    const to = copyRun(this.#bytes, this.#bodyOf(this.#used), this.#at, target, last);
    this.reset();
    return to;
  }

  /** `finish` in pieces: yields after each, and returns the message. */
  *finishing<T extends Uint8Array>(allocate: (size: number) => T): Generator<void, T, undefined> {
    const result = allocate(this.size);
    let at = 0;
    for (let part = 0; part < this.#used; part += partsAtOnce) {
      at = this.#copyParts(result, at, part, Math.min(this.#used, part + partsAtOnce));
      yield;
    }
    copyRun(this.#bytes, this.#bodyOf(this.#used), this.#at, result, at);
    this.reset();
    return result;
  }

  /** Drops what was written. Scratch of a usual size stays for the next message. */
  reset(): void {
    this.#at = this.#base;
    this.#used = this.#depth = this.#prefixes = 0;
    if (this.#bytes.length > mostKept) {
      this.#memory?.release(this.#bytes);
      this.#take(Buffer.allocUnsafe(4096));
    }
    if (this.#parts.byteLength > mostKept) this.#parts = new Int32Array(1024);
  }

  /** Copies what stands before the bodies of the parts `[first, last)`, with their lengths. */
  #copyParts(target: Uint8Array, at: number, first: number, last: number): number {
    let from = this.#bodyOf(first);
    let to = at;
    for (let part = first; part < last; part += 2) {
      const start = at32(this.#parts, part);
      to = copyRun(this.#bytes, from, start, target, to);
      to = writeVarint(target, to, at32(this.#parts, part + 1));
      from = start;
    }
    return to;
  }

  /** Where the body of the part before `part` begins; 0 before the first. */
  #bodyOf(part: number): number {
    return part === 0 ? this.#base : at32(this.#parts, part - 2);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const size = Math.max(this.#bytes.length * 2, this.#at + bytes, this.#usual);
    const larger = this.#memory?.allocate(size) ?? Buffer.allocUnsafe(size);
    this.#bytes.copy(larger, 0, 0, this.#at);
    // Left to the garbage collector, what was outgrown would stand for as much again as all messages.
    this.#memory?.release(this.#bytes);
    this.#take(larger);
  }

  /** Writes to other memory from now on. */
  #take(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = dataViewOf(bytes);
  }
}

const nothing: Buffer = Buffer.alloc(0);

/** Copies a run and returns the offset behind it. Below some length a loop is cheaper than the call. */
export function copyRun(source: Buffer, from: number, to: number, target: Uint8Array, at: number): number {
  if (to - from > 64) return at + source.copy(target, at, from, to);
  let next = at;
  for (let i = from; i < to; i++) target[next++] = byteAt(source, i);
  return next;
}
