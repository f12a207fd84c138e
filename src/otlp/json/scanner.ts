import { byteAt } from '../wire/at.js';

const space = 32;
const quote = 34;
const backslash = 92;

/** Says that the text is not JSON at an offset. */
export type Fail = (what: string, offset: number) => never;

export const words: { readonly null: Buffer; readonly true: Buffer; readonly false: Buffer } = {
  null: Buffer.from('null'),
  true: Buffer.from('true'),
  false: Buffer.from('false'),
};

/** Reads the tokens of JSON text, byte by byte, without recursion and without making strings. `at` is the next byte. */
export class Scanner {
  readonly bytes: Buffer;
  at = 0;
  /** Whether the text that was skipped last has escapes in it. */
  escaped = false;
  readonly #fail: Fail;
  /** Of the value that is being skipped: the byte that ends each open object and list. */
  #closers: Uint8Array = new Uint8Array(64);
  #skipDepth = 0;
  #mostDepth = 0;

  constructor(bytes: Buffer, fail: Fail) {
    this.bytes = bytes;
    this.#fail = fail;
  }

  /** The next byte that is no white space, not consumed; -1 at the end. */
  peek(): number {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at++) {
      const byte = byteAt(bytes, this.at);
      if (byte !== space && byte !== 10 && byte !== 13 && byte !== 9) return byte;
    }
    return -1;
  }

  /** Whether the next value is a list or an object that holds something. Consumes nothing but white space. */
  isFilled(): boolean {
    const first = this.peek();
    const second = this.bytes[this.at + 1];
    return (first === 91 && second !== 93) || (first === 123 && second !== 125);
  }

  expect(byte: number): void {
    if (this.peek() !== byte) this.#fail(`expected ${JSON.stringify(String.fromCharCode(byte))}`, this.at);
    this.at++;
  }

  /** Consumes a word such as `null` if it is next. */
  word(word: Uint8Array): boolean {
    if (this.peek() !== word[0]) return false;
    for (let i = 1; i < word.length; i++) if (this.bytes[this.at + i] !== word[i]) return false;
    this.at += word.length;
    return true;
  }

  /**
   * Consumes text and answers the offset of its closing quote; `start` of its characters is one behind the opening
   * quote.
   */
  skipString(): number {
    if (this.peek() !== quote) this.#fail('expected text', this.at);
    const { bytes } = this;
    const start = this.at;
    this.escaped = false;
    for (let i = start + 1; i < bytes.length; i++) {
      const byte = byteAt(bytes, i);
      if (byte === quote) {
        this.at = i + 1;
        return i;
      }
      if (byte === backslash) {
        this.escaped = true;
        i++;
      } else if (byte < space) this.#fail('a control character in text', i);
    }
    return this.#fail('text without an end', start);
  }

  /**
   * Writes the characters of `bytes[from, to)` with escapes resolved, up to about `stop`; what is no escape is copied
   * as it is. Returns the offset behind what was written, `to` when that is all.
   */
  unescape(from: number, to: number, stop: number, out: Utf8Sink): number {
    const { bytes } = this;
    let plain = from;
    let at = from;
    for (; at < to && at < stop; at++) {
      if (byteAt(bytes, at) !== backslash) continue;
      out.rawRun(bytes, plain, at);
      at++;
      const byte = byteAt(bytes, at);
      const simple = byteAt(escapes, byte);
      if (simple !== 0) out.byte(simple);
      else if (byte === 117) at = this.#unicode(at - 1, to, out);
      else this.#fail('a bad escape', at - 1);
      plain = at + 1;
    }
    if (at > plain) out.rawRun(bytes, plain, at);
    return at;
  }

  /** All characters of `bytes[from, to)` with escapes resolved. */
  unescaped(from: number, to: number): Buffer {
    const out = new BufferSink(to - from);
    this.unescape(from, to, to, out);
    return out.bytes.subarray(0, out.at);
  }

  /** Resolves the `\\u` escape at `from`, or two that make one character. Returns the last offset of it. */
  #unicode(from: number, to: number, out: Utf8Sink): number {
    const first = this.#codeUnit(from, to);
    if (first < 0xd800 || first > 0xdfff) {
      writeUtf8(first, out);
      return from + 5;
    }
    const paired =
      first < 0xdc00 && from + 12 <= to && this.bytes[from + 6] === backslash && this.bytes[from + 7] === 117;
    const second = paired ? this.#codeUnit(from + 6, to) : 0;
    if (second < 0xdc00 || second > 0xdfff) {
      writeUtf8(0xfffd, out);
      return from + 5;
    }
    writeUtf8(0x10000 + ((first - 0xd800) << 10) + second - 0xdc00, out);
    return from + 11;
  }

  /** The number of the `\\u` escape at `from`. */
  #codeUnit(from: number, to: number): number {
    let unit = 0;
    if (from + 6 > to) this.#fail('a bad \\u escape', from);
    for (let i = from + 2; i < from + 6; i++) {
      const digit = hexValue(byteAt(this.bytes, i));
      if (digit < 0) this.#fail('a bad \\u escape', from);
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** Consumes the bytes that numbers are made of and answers the offset behind them. */
  skipNumber(): number {
    this.peek();
    const { bytes } = this;
    while (this.at < bytes.length && isNumberByte(byteAt(bytes, this.at))) this.at++;
    return this.at;
  }

  /** Begins to consume a value of any kind, with at most `mostDepth` objects and lists in one another. */
  beginSkip(mostDepth: number): void {
    this.#skipDepth = 0;
    this.#mostDepth = mostDepth;
  }

  /** Consumes what is left of that value, up to about `stop`; false when the value goes on there. */
  skip(stop: number): boolean {
    for (;;) {
      if (this.at >= stop && this.at < this.bytes.length) return false;
      const byte = this.peek();
      if (byte === 123 || byte === 91) {
        this.at++;
        const closer = byte === 123 ? 125 : 93;
        if (this.peek() === closer) this.at++;
        else {
          this.#pushCloser(closer);
          if (closer === 125) this.#key();
          continue;
        }
      } else if (byte === quote) {
        const from = this.at + 1;
        const to = this.skipString();
        if (this.escaped) this.unescape(from, to, to, nowhere);
      } else if (!this.word(words.true) && !this.word(words.false) && !this.word(words.null)) {
        const start = this.at;
        if (!jsonNumber.test(this.bytes.toString('latin1', start, this.skipNumber())))
          this.#fail('expected a value', start);
      }
      for (;;) {
        if (this.#skipDepth === 0) return true;
        const closer = byteAt(this.#closers, this.#skipDepth - 1);
        const next = this.peek();
        this.at++;
        if (next === closer) this.#skipDepth--;
        else if (next === 44) {
          if (closer === 125) this.#key();
          break;
        } else
          this.#fail(next < 0 ? 'the text ends too early' : 'expected , or the end of the list or object', this.at - 1);
      }
    }
  }

  #pushCloser(closer: number): void {
    if (this.#skipDepth >= this.#mostDepth) this.#fail('exceeded max depth', this.at - 1);
    if (this.#skipDepth === this.#closers.length) {
      const more = new Uint8Array(this.#closers.length * 2);
      more.set(this.#closers);
      this.#closers = more;
    }
    this.#closers[this.#skipDepth++] = closer;
  }

  #key(): void {
    this.skipString();
    this.expect(58);
  }
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** The byte that each simple escape stands for, by the byte behind the backslash; 0 for none. */
const escapes: Uint8Array = new Uint8Array(256);
for (const [escape, byte] of Object.entries({ '"': 34, '\\': 92, '/': 47, b: 8, f: 12, n: 10, r: 13, t: 9 }))
  escapes[escape.charCodeAt(0)] = byte;

/** Takes the characters of a text as UTF-8. */
export interface Utf8Sink {
  byte(byte: number): void;
  rawRun(source: Uint8Array, from: number, to: number): void;
}

/** For text that is only checked. */
const nowhere: Utf8Sink = { byte: () => {}, rawRun: () => {} };

class BufferSink implements Utf8Sink {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  byte(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  rawRun(source: Uint8Array, from: number, to: number): void {
    this.bytes.set(source.subarray(from, to), this.at);
    this.at += to - from;
  }
}

function writeUtf8(point: number, out: Utf8Sink): void {
  if (point < 0x80) {
    out.byte(point);
    return;
  }
  if (point < 0x800) out.byte(0xc0 | (point >> 6));
  else {
    if (point < 0x10000) out.byte(0xe0 | (point >> 12));
    else {
      out.byte(0xf0 | (point >> 18));
      out.byte(0x80 | ((point >> 12) & 63));
    }
    out.byte(0x80 | ((point >> 6) & 63));
  }
  out.byte(0x80 | (point & 63));
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 45 || byte === 43 || byte === 46 || byte === 101 || byte === 69;
}
