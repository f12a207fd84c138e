import { isUtf8 } from 'node:buffer';
import { completeUtf8End, continuesUtf8 } from './complete-utf8.js';
import type { Following, LineFinder } from './line-finder.js';
import { NewlineFinder } from './newline-finder.js';
import { PatternFinder, type LinePattern } from './pattern-finder.js';
import type { TextEncoding } from './text-encoding.js';
import { WholeFinder } from './whole-finder.js';

export interface SplitOptions {
  readonly encoding: TextEncoding;
  /** Lines end at line feeds where this is not set. */
  readonly multiline?: LinePattern | undefined;
  /** Finds the ends of lines in place of all that. */
  readonly finder?: LineFinder | undefined;
  /** Whether blanks before and behind the text stay; otherwise those of ASCII are cut off, as bytes. */
  readonly keepLeading: boolean;
  readonly keepTrailing: boolean;
  /** Bytes of the longest text. */
  readonly maxBytes: number;
  /** The rest of a longer one becomes further lines, or is left out. */
  readonly oversize: 'split' | 'truncate';
}

let begins = 0;

/**
 * Divides bytes into lines. It moves over the bytes and makes nothing: after `next` the line is `bytes[start, end)`.
 *
 * @example
 * splitter.begin(bytes, 0, bytes.length, 'later');
 * while (splitter.next()) write(bytes, splitter.start, splitter.end);
 * const unread = bytes.subarray(splitter.rest);
 */
export class LineSplitter {
  /** The text of the line, trimmed; it is empty when the two are equal. */
  start = 0;
  end = 0;
  /** Where the line began, before it was trimmed. */
  from = 0;
  /** Where the next line begins: everything before is done with. */
  rest = 0;
  /** Whether the bytes from `rest` on are the end of a line that was truncated, and are left out. */
  skipping = false;
  /** Another number for all bytes that any splitter moves to. */
  begun = 0;

  readonly #encoding: TextEncoding;
  readonly #finder: LineFinder;
  /** Of the longest text. */
  readonly maxBytes: number;
  readonly #truncates: boolean;
  readonly trimsLeading: boolean;
  readonly trimsTrailing: boolean;
  readonly #isOfFeeds: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #following: Following = 'later';
  /** Whether the bytes from `#first` to `#textEnd`, where a character begins, are UTF-8; undefined: not known yet. */
  #allText: boolean | undefined;
  #first = 0;
  #textEnd = 0;

  constructor({ encoding, multiline, finder, keepLeading, keepTrailing, maxBytes, oversize }: SplitOptions) {
    this.#encoding = encoding;
    const isWhole = encoding.form === 'bytes';
    if (finder) this.#finder = finder;
    else if (isWhole) this.#finder = new WholeFinder();
    else this.#finder = multiline ? new PatternFinder(multiline, encoding) : new NewlineFinder(encoding.unit);
    this.maxBytes = encoding.unit === 'byte' ? maxBytes : Math.max(2, maxBytes - (maxBytes % 2));
    this.#isOfFeeds = !finder && !multiline && encoding.form.startsWith('utf-8');
    this.#truncates = oversize === 'truncate';
    this.trimsLeading = !keepLeading && !isWhole;
    this.trimsTrailing = !keepTrailing && !isWhole;
  }

  /** Moves to `bytes[from, to)`; `from` is the `rest` of the bytes before, or `reset` was called. */
  begin(bytes: Buffer, from: number, to: number, following: Following): void {
    this.begun = ++begins;
    this.#bytes = to === bytes.length ? bytes : bytes.subarray(0, to);
    this.#following = following;
    this.#allText = undefined;
    this.#first = this.rest = from;
    this.#finder.begin(this.#bytes, from, following);
  }

  /** The next bytes have nothing to do with those before. `skipping`: they are the end of a truncated line. */
  reset(skipping = false): void {
    this.skipping = skipping;
    this.#finder.reset();
  }

  /** Moves to the next line, which may be empty; false when there is no whole one. */
  next(): boolean {
    if (this.skipping && !this.#skip()) return false;
    const from = this.rest;
    const found = this.#finder.find(from);
    if (found) {
      this.start = this.#finder.start;
      this.end = this.#finder.end;
      this.rest = this.#finder.after;
    } else if (!this.#takeRest(from)) return false;
    this.from = from;
    const isLong = this.end - this.start > this.maxBytes || (!found && this.end - this.start === this.maxBytes);
    if (isLong) this.#shorten(found);
    this.#trim();
    return true;
  }

  /** Whether the next lines are text that ends at line feeds, so that others may divide it; see `moveTo`. */
  get isPlain(): boolean {
    if (!this.#isOfFeeds || this.skipping || continuesUtf8(this.#bytes[this.rest])) return false;
    return (this.#allText ??= this.#isAllText());
  }

  /** Where the bytes end, from `rest` on. */
  get to(): number {
    return this.#bytes.length;
  }

  /** Others have taken all lines before a place at which one begins. */
  moveTo(rest: number): void {
    this.rest = rest;
    this.#finder.reset();
  }

  /** Whether the line is valid UTF-8. */
  get isText(): boolean {
    const bytes = this.#bytes;
    const isAllText = (this.#allText ??= this.#isAllText());
    // A line that was cut, or a frame, may begin or end within a character.
    const isWhole = this.end <= this.#textEnd && !continuesUtf8(bytes[this.start]) && !continuesUtf8(bytes[this.end]);
    return (isAllText && isWhole) || isUtf8(bytes.subarray(this.start, this.end));
  }

  /** Takes what there is for a line, where it is long enough or nothing is to follow. */
  #takeRest(from: number): boolean {
    const left = this.#bytes.length - from;
    const isLast = this.#following === 'nothing' || this.#following === 'silence';
    if (left < this.maxBytes && (left === 0 || !isLast)) return false;
    let end = from + Math.min(left, this.maxBytes);
    if (left < this.maxBytes && this.#following === 'silence') {
      const whole = this.#encoding.wholeEnd(this.#bytes, from, end);
      // Its rest was waited for where nothing else was left; half of a unit would displace all that follows.
      if (whole > from) end = whole;
      else if (from > this.#first) return false;
      else if (this.#encoding.unit !== 'byte') end -= left % 2;
      if (end === from) return false;
    }
    this.start = from;
    this.end = this.rest = end;
    this.#finder.reset();
    return true;
  }

  /** Cuts an overlong line. `ended`: its end is known. */
  #shorten(ended: boolean): void {
    this.end = this.start + this.maxBytes;
    if (!this.#truncates) this.rest = this.end;
    else if (!ended) this.skipping = true;
  }

  /** Moves to the line behind the truncated one; false when that has no end yet. */
  #skip(): boolean {
    const after = this.#finder.afterThis(this.rest);
    this.skipping = after === undefined;
    this.rest = after ?? Math.max(this.rest, this.#finder.unsettled);
    return after !== undefined;
  }

  #trim(): void {
    const bytes = this.#bytes;
    if (this.trimsTrailing) while (this.end > this.start && isBlank(bytes[this.end - 1])) this.end--;
    if (this.trimsLeading) while (this.start < this.end && isBlank(bytes[this.start])) this.start++;
  }

  #isAllText(): boolean {
    const bytes = this.#bytes;
    this.#textEnd = completeUtf8End(bytes, this.#first, bytes.length);
    return isUtf8(bytes.subarray(this.#first, this.#textEnd));
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
