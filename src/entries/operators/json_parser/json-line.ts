import { EntryMap } from '../../entry-map.js';
import type { EntryValue } from '../../entry-value.js';
import { isQuotedText, SeenTexts, type SeenText } from '../../seen-texts.js';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const minus = 0x2d;
const point = 0x2e;

/** Digits of a number that a double has exactly. */
const exactDigits = 15;
const powersOfTen: readonly number[] = Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

/** The largest object that is read here; anything larger goes to the reader that bounds all of it. */
const mostValues = 10_000;
const deepest = 32;
/** Keys of a line that are expected in the next one. */
const mostExpected = 256;
/** Maps that stay in memory for the next line. */
const mostSpare = 64;
/** Bytes of a text in which a loop finds the end faster than a call into the runtime. */
const mostLooped = 24;

/**
 * Reads a JSON object from bytes without a string of it. The values of its members are made, except for texts without
 * escapes, which stay in the bytes. It knows the usual forms, and gives up at any other.
 */
export class JsonLine {
  readonly #ints: boolean;
  readonly #keys = new SeenTexts();
  /** Keys of the line before, by their number: most lines have the same in the same order. */
  readonly #expected: SeenText[] = [];
  #keyCount = 0;
  /** The objects of the line that was read last, and of lines before. */
  readonly #maps: EntryMap[] = [];
  #usedMaps = 0;
  #values = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  /** The line alone, in which the runtime finds a byte. */
  #line: Buffer | undefined = undefined;
  #lineStart = 0;
  /** Where the line has its first backslash, or NUL, which ends a text for the Collector; behind the line for none. */
  #firstSpecial = 0;
  /** Whether the text that was read last has escapes. */
  #isEscaped = false;

  constructor(ints: boolean) {
    this.#ints = ints;
  }

  /**
   * The members of `bytes[from, to)`; undefined for any form but the usual. They, and the objects in them, are lent
   * until the next line is read.
   */
  read(bytes: Buffer, from: number, to: number): EntryMap | undefined {
    this.#begin(bytes, from, to);
    if (this.#next() !== openBrace) return undefined;
    const members = this.#object(0);
    this.#next();
    return this.#at === to ? members : undefined;
  }

  /** Takes another map, which is empty, in place of the members that were read last, and these become the caller's. */
  exchange(spare: EntryMap): void {
    this.#maps[0] = spare;
  }

  #begin(bytes: Buffer, from: number, to: number): void {
    for (let i = 0; i < this.#usedMaps; i++) this.#maps[i]?.clear();
    if (this.#usedMaps > mostSpare) this.#maps.length = mostSpare;
    this.#usedMaps = this.#values = this.#keyCount = 0;
    this.#bytes = bytes;
    this.#at = this.#lineStart = from;
    this.#end = to;
    this.#line = undefined;
  }

  /** An object, at its first bracket. */
  #object(depth: number): EntryMap | undefined {
    const members = (this.#maps[this.#usedMaps++] ??= new EntryMap());
    this.#at++;
    if (this.#next() === closeBrace) {
      this.#at++;
      return members;
    }
    while (++this.#values < mostValues) {
      const key = this.#key();
      if (key === undefined || this.#next() !== colon) return undefined;
      this.#at++;
      if (!this.#member(members, key, depth)) return undefined;
      const next = this.#next();
      this.#at++;
      if (next === closeBrace) return members;
      if (next !== comma) return undefined;
    }
    return undefined;
  }

  /** Undefined for a key with escapes. */
  #key(): string | undefined {
    if (this.#next() !== quote) return undefined;
    const start = this.#at + 1;
    const number = this.#keyCount++;
    const expected = this.#expected[number];
    if (expected !== undefined && isQuotedText(expected, this.#bytes, start, this.#end)) {
      this.#at = start + expected.bytes.length + 1;
      return expected.text;
    }
    const end = this.#endOfText();
    if (end < 0 || this.#isEscaped) return undefined;
    const key = this.#keys.find(this.#bytes, start, end);
    if (number < mostExpected) this.#expected[number] = key;
    return key.text;
  }

  #member(members: EntryMap, key: string, depth: number): boolean {
    if (this.#next() === quote) {
      const start = this.#at + 1;
      const end = this.#endOfText();
      if (end < 0) return false;
      if (!this.#isEscaped) {
        members.setText(key, this.#bytes, start, end);
        return true;
      }
      const text = this.#unescaped(start, end);
      if (text === undefined) return false;
      members.set(key, text);
      return true;
    }
    const value = this.#value(depth);
    if (value === undefined) return false;
    members.set(key, value);
    return true;
  }

  /** A list, at its first bracket. */
  #list(depth: number): EntryValue[] | undefined {
    const elements: EntryValue[] = [];
    this.#at++;
    if (this.#next() === closeBracket) {
      this.#at++;
      return elements;
    }
    while (++this.#values < mostValues) {
      const value = this.#next() === quote ? this.#text() : this.#value(depth);
      if (value === undefined) return undefined;
      elements.push(value);
      const next = this.#next();
      this.#at++;
      if (next === closeBracket) return elements;
      if (next !== comma) return undefined;
    }
    return undefined;
  }

  /** Any value but a text. */
  #value(depth: number): EntryValue | undefined {
    const first = this.#bytes[this.#at];
    if (first === openBrace) return depth < deepest ? this.#object(depth + 1) : undefined;
    if (first === openBracket) return depth < deepest ? this.#list(depth + 1) : undefined;
    if (first === 0x74) return this.#word('true', true);
    if (first === 0x66) return this.#word('false', false);
    return first === 0x6e ? this.#word('null', null) : this.#number();
  }

  #text(): string | undefined {
    const start = this.#at + 1;
    const end = this.#endOfText();
    if (end < 0) return undefined;
    return this.#isEscaped ? this.#unescaped(start, end) : this.#bytes.toString('utf8', start, end);
  }

  /** Undefined for a text with escapes that are none. */
  #unescaped(start: number, end: number): string | undefined {
    try {
      return String(JSON.parse(this.#bytes.toString('utf8', start - 1, end + 1)));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Moves behind a text, and returns where its last quote stands; -1 for none. */
  #endOfText(): number {
    const bytes = this.#bytes;
    this.#isEscaped = false;
    const most = Math.min(this.#end, this.#at + mostLooped);
    let at = this.#at + 1;
    for (; at < most; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#at = at + 1;
        return at;
      }
      if (byte === backslash || byte === 0) return this.#endOfEscaped(at);
    }
    const line = this.#line ?? this.#openLine();
    const found = line.indexOf(quote, at - this.#lineStart);
    if (found < 0) return -1;
    const end = this.#lineStart + found;
    if (this.#firstSpecial < end) return this.#endOfEscaped(at);
    this.#at = end + 1;
    return end;
  }

  #openLine(): Buffer {
    const line = this.#bytes.subarray(this.#lineStart, this.#end);
    this.#line = line;
    const [escape, nul] = [line.indexOf(backslash), line.indexOf(0)];
    const first = Math.min(escape < 0 ? line.length : escape, nul < 0 ? line.length : nul);
    this.#firstSpecial = this.#lineStart + first;
    return line;
  }

  #endOfEscaped(from: number): number {
    const bytes = this.#bytes;
    for (let at = from; at < this.#end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#at = at + 1;
        return at;
      }
      if (byte === 0) return -1;
      if (byte === backslash) {
        this.#isEscaped = true;
        at++;
      }
    }
    return -1;
  }

  #word<V extends EntryValue>(word: string, value: V): V | undefined {
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return undefined;
    this.#at += word.length;
    return this.#at <= this.#end ? value : undefined;
  }

  /** A number without an exponent, of as many digits as a double has exactly. */
  #number(): number | bigint | undefined {
    const bytes = this.#bytes;
    let at = this.#at;
    const isNegative = bytes[at] === minus;
    if (isNegative) at++;
    const start = at;
    let value = 0;
    let pointAt = -1;
    for (; at < this.#end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte >= 48 && byte <= 57) value = value * 10 + byte - 48;
      else if (byte === point && pointAt < 0) pointAt = at;
      else break;
    }
    const digits = at - start - (pointAt < 0 ? 0 : 1);
    const hasLeadingZero = bytes[start] === 48 && at > start + 1 && pointAt !== start + 1;
    if (digits === 0 || digits > exactDigits || hasLeadingZero || pointAt === start || pointAt === at - 1)
      return undefined;
    this.#at = at;
    if (pointAt >= 0) value /= powersOfTen[at - pointAt - 1] ?? 1;
    else if (this.#ints) return BigInt(isNegative ? -value : value);
    return isNegative ? -value : value;
  }

  /** The next byte that is no space; -1 at the end. */
  #next(): number {
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte;
    }
    return -1;
  }
}
