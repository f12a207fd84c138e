const space = 32;
const quote = 34;
const backslash = 92;

/** Says that the text is not JSON at an offset. */
export type Fail = (what: string, offset: number) => never;

/** Reads the tokens of JSON text, byte by byte and without recursion. `at` is the next byte. */
export class Scanner {
  readonly bytes: Buffer;
  at = 0;
  readonly #fail: Fail;

  constructor(bytes: Buffer, fail: Fail) {
    this.bytes = bytes;
    this.#fail = fail;
  }

  /** The next byte that is no white space, not consumed; -1 at the end. */
  peek(): number {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at] as number;
      if (byte !== space && byte !== 10 && byte !== 13 && byte !== 9) return byte;
    }
    return -1;
  }

  expect(byte: number): void {
    if (this.peek() !== byte) this.#fail(`expected ${JSON.stringify(String.fromCharCode(byte))}`, this.at);
    this.at++;
  }

  /** Consumes a word such as `null` if it is next. */
  word(word: string): boolean {
    this.peek();
    if (this.bytes.toString('latin1', this.at, this.at + word.length) !== word) return false;
    this.at += word.length;
    return true;
  }

  /** Consumes text and answers the offset of its closing quote; `start` of its characters is one behind the opening quote. */
  skipString(): number {
    if (this.peek() !== quote) this.#fail('expected text', this.at);
    const { bytes } = this;
    const start = this.at;
    for (let i = start + 1; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte === quote) {
        this.at = i + 1;
        return i;
      }
      if (byte === backslash) i++;
      else if (byte < space) this.#fail('a control character in text', i);
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
      const escape = this.bytes[i + 1] as number;
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

  /** Consumes a number, a literal or text and answers its characters, text without its quotes. */
  number(): { readonly text: string; readonly quoted: boolean } {
    if (this.peek() === quote) {
      const from = this.at + 1;
      const to = this.skipString();
      return { text: this.unescape(from, to), quoted: true };
    }
    const from = this.at;
    while (this.at < this.bytes.length && isNumberByte(this.bytes[this.at] as number)) this.at++;
    return { text: this.bytes.toString('latin1', from, this.at), quoted: false };
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
      else if (!this.word('true') && !this.word('false') && !this.word('null')) {
        const start = this.at;
        if (!jsonNumber.test(this.number().text)) this.#fail('expected a value', start);
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
        } else this.#fail(next < 0 ? 'the text ends too early' : 'expected , or the end of the list or object', this.at - 1);
      }
    }
  }

  #key(): void {
    this.skipString();
    this.expect(58);
  }
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 45 || byte === 43 || byte === 46 || byte === 101 || byte === 69;
}
