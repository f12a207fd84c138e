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

  /** The characters between two offsets of `bytes`, with escapes resolved. */
  unescape(from: number, to: number): string {
    let text = '';
    let plain = from;
    for (let i = from; i < to; i++) {
      if (this.bytes[i] !== backslash) continue;
      text += this.bytes.toString('utf8', plain, i);
      const escape = byteAt(this.bytes, i + 1);
      const simple = escapes[String.fromCharCode(escape)];
      if (simple !== undefined) {
        text += simple;
        i += 1;
      } else if (escape === 117) {
        const hex = this.bytes.toString('latin1', i + 2, i + 6);
        if (i + 6 > to || !/^[0-9a-fA-F]{4}$/.test(hex)) this.#fail('a bad \\u escape', i);
        text += String.fromCharCode(Number.parseInt(hex, 16));
        i += 5;
      } else this.#fail('a bad escape', i);
      plain = i + 1;
    }
    text += this.bytes.toString('utf8', plain, to);
    return text;
  }

  /** Consumes the bytes that numbers are made of and answers the offset behind them. */
  skipNumber(): number {
    this.peek();
    const { bytes } = this;
    while (this.at < bytes.length && isNumberByte(byteAt(bytes, this.at))) this.at++;
    return this.at;
  }

  /** Consumes any value. */
  skipValue(): void {
    const closers: number[] = [];
    for (;;) {
      const byte = this.peek();
      if (byte === 123 || byte === 91) {
        this.at++;
        const closer = byte === 123 ? 125 : 93;
        if (this.peek() === closer) this.at++;
        else {
          closers.push(closer);
          if (closer === 125) this.#key();
          continue;
        }
      } else if (byte === quote) this.unescape(this.at + 1, this.skipString());
      else if (!this.word(words.true) && !this.word(words.false) && !this.word(words.null)) {
        const start = this.at;
        if (!jsonNumber.test(this.bytes.toString('latin1', start, this.skipNumber())))
          this.#fail('expected a value', start);
      }
      for (;;) {
        const closer = closers.at(-1);
        if (closer === undefined) return;
        const next = this.peek();
        this.at++;
        if (next === closer) closers.pop();
        else if (next === 44) {
          if (closer === 125) this.#key();
          break;
        } else
          this.#fail(next < 0 ? 'the text ends too early' : 'expected , or the end of the list or object', this.at - 1);
      }
    }
  }

  #key(): void {
    this.skipString();
    this.expect(58);
  }
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 45 || byte === 43 || byte === 46 || byte === 101 || byte === 69;
}
