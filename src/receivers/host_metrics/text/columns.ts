import { byteAt } from '../../../otlp/wire/at.js';
import { longDigits, type ProcNumber } from './proc-number.js';

const newline = 10;
const space = 32;
const tab = 9;
const zero = 48;
const nine = 57;
/** A number of this many digits is exact whatever they are. */
const exactDigits = 15;
/** 2^64 - 1 has 20 digits. */
const mostDigits = 20;

/**
 * A cursor over text in lines and columns, as most files of /proc have it; columns are separated by blanks. It is made
 * once and opened on one buffer after the other. Makes no object, and no string unless asked for one.
 *
 * @example
 * for (columns.open(bytes, length); columns.nextLine();)
 *   if (columns.nextColumn() && columns.is('btime') && columns.nextColumn()) return columns.whole();
 */
export class Columns {
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #nextLineAt = 0;
  #lineEnd = 0;
  #at = 0;
  #columnStart = 0;
  #columnEnd = 0;

  /** Stands before the first line of `bytes[from, to)`. */
  open(bytes: Buffer, to: number, from = 0): void {
    this.#bytes = bytes;
    this.#end = to;
    this.#nextLineAt = from;
    this.#lineEnd = this.#at = this.#columnStart = this.#columnEnd = from;
  }

  /** Moves before the first column of the next line; false behind the last line. */
  nextLine(): boolean {
    const from = this.#nextLineAt;
    if (from >= this.#end) return false;
    const found = this.#bytes.indexOf(newline, from);
    const to = found < 0 || found > this.#end ? this.#end : found;
    this.#at = this.#columnStart = this.#columnEnd = from;
    this.#lineEnd = to;
    this.#nextLineAt = to + 1;
    return true;
  }

  /** Moves to the next column of the line; false behind the last one. */
  nextColumn(): boolean {
    let at = this.#at;
    while (at < this.#lineEnd && isBlank(byteAt(this.#bytes, at))) at++;
    this.#columnStart = at;
    while (at < this.#lineEnd && !isBlank(byteAt(this.#bytes, at))) at++;
    this.#columnEnd = this.#at = at;
    return at > this.#columnStart;
  }

  /** Moves to the text up to the next `byte` of the line, or to the rest of the line; false at its end. */
  nextColumnUntil(byte: number): boolean {
    if (this.#at >= this.#lineEnd) return false;
    const found = this.#bytes.indexOf(byte, this.#at);
    this.#columnStart = this.#at;
    this.#columnEnd = found < 0 || found > this.#lineEnd ? this.#lineEnd : found;
    this.#at = this.#columnEnd + 1;
    return true;
  }

  /** Moves forward by `count` columns; false where the line has not as many left. */
  skip(count: number): boolean {
    for (let i = 0; i < count; i++) if (!this.nextColumn()) return false;
    return true;
  }

  /** Moves behind the last `byte` of the line, so that the next column begins there; false where there is none. */
  skipBehindLast(byte: number): boolean {
    if (this.#lineEnd <= this.#at) return false;
    const found = this.#bytes.lastIndexOf(byte, this.#lineEnd - 1);
    if (found < this.#at) return false;
    this.#columnStart = this.#at;
    this.#columnEnd = found;
    this.#at = found + 1;
    return true;
  }

  /** Whether the column is this text, which is ASCII. */
  is(text: string): boolean {
    return this.#columnEnd - this.#columnStart === text.length && this.startsWith(text);
  }

  /** Whether the column begins with this text, which is ASCII. */
  startsWith(text: string): boolean {
    if (this.#columnEnd - this.#columnStart < text.length) return false;
    for (let i = 0; i < text.length; i++)
      if (byteAt(this.#bytes, this.#columnStart + i) !== text.charCodeAt(i)) return false;
    return true;
  }

  /** The length of the column in bytes. */
  get width(): number {
    return this.#columnEnd - this.#columnStart;
  }

  /** The first byte of the column; 0 for an empty one. */
  get first(): number {
    return this.#columnEnd > this.#columnStart ? byteAt(this.#bytes, this.#columnStart) : 0;
  }

  /** The column as an unsigned whole number; undefined when it is none of 64 bits. */
  whole(): ProcNumber | undefined {
    const start = this.#columnStart;
    const end = this.#columnEnd;
    if (end === start || end - start > mostDigits) return undefined;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = byteAt(this.#bytes, i);
      if (digit < zero || digit > nine) return undefined;
      value = value * 10 + digit - zero;
    }
    return end - start <= exactDigits ? value : longDigits(this.#bytes, start, end);
  }

  /** The column as a decimal number, possibly with a fraction; undefined when it is none. */
  decimal(): number | undefined {
    const text = this.text();
    return /^[0-9]{1,20}(?:\.[0-9]{1,20})?$/.test(text) ? Number(text) : undefined;
  }

  /** The column as text. */
  text(): string {
    return this.#bytes.toString('utf8', this.#columnStart, this.#columnEnd);
  }

  /** Bytes of the line as text. */
  slice(from: number, to: number): string {
    return this.#bytes.toString('utf8', from, to);
  }

  /** The rest of the line behind the column, without blanks around it. */
  rest(): string {
    return this.#bytes.toString('utf8', this.#at, this.#lineEnd).trim();
  }

  /** Where the column begins in the bytes. */
  get columnStart(): number {
    return this.#columnStart;
  }

  /** Where the column ends in the bytes. */
  get columnEnd(): number {
    return this.#columnEnd;
  }
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}
