import { byteAt } from '../wire/at.js';

/** JSON text as bytes in one buffer that grows: no string per value. */
export class TextWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(256, expected));
  }

  /** Bytes that it takes, with the result of `finish`. */
  get memory(): number {
    return this.#bytes.length + this.#at;
  }

  byte(byte: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = byte;
  }

  /** Bytes that are JSON already, such as a key with its quotes and colon. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#bytes[this.#at++] = byteAt(bytes, i);
  }

  /** ASCII that is JSON already; for what has no cheaper way. */
  ascii(text: string): void {
    this.#room(text.length);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  /** Text in quotes. Invalid UTF-8 becomes U+FFFD, as in any decoder. */
  text(source: Buffer, from: number, to: number): void {
    this.#room(to - from + 2);
    const start = this.#at;
    let at = start;
    const bytes = this.#bytes;
    bytes[at++] = quote;
    for (let i = from; i < to; i++) {
      const byte = byteAt(source, i);
      if (byte < 32 || byte > 127 || byte === quote || byte === backslash) {
        const length = byte < 128 ? 0 : sequenceLength(source, i, to);
        if (length === 0) {
          this.#escaped(source, from, to);
          return;
        }
        for (let j = 0; j < length; j++) bytes[at++] = byteAt(source, i + j);
        i += length - 1;
      } else bytes[at++] = byte;
    }
    bytes[at++] = quote;
    this.#at = at;
  }

  /** The rare text with control characters, quotes or broken UTF-8. */
  #escaped(source: Buffer, from: number, to: number): void {
    const json = Buffer.from(JSON.stringify(source.toString('utf8', from, to)));
    this.#room(json.length);
    this.#at += json.copy(this.#bytes, this.#at);
  }

  /** Hexadecimal digits in quotes. */
  hex(source: Uint8Array, from: number, to: number): void {
    this.#room((to - from) * 2 + 2);
    this.#bytes[this.#at++] = quote;
    for (let i = from; i < to; i++) {
      const byte = byteAt(source, i);
      this.#bytes[this.#at++] = byteAt(hexDigits, byte >> 4);
      this.#bytes[this.#at++] = byteAt(hexDigits, byte & 15);
    }
    this.#bytes[this.#at++] = quote;
  }

  /** An unsigned whole number of 64 bits, given as halves. */
  unsigned(low: number, high: number): void {
    this.#room(20);
    // Thrice seven digits are more than 2^64 has; each division runs over limbs of 16 bits, so that every step is
    // exact.
    let a = high >>> 16;
    let b = high & 0xffff;
    let c = low >>> 16;
    let d = low & 0xffff;
    let at = digits.length;
    while (a !== 0 || b !== 0 || c !== 0 || d !== 0) {
      let rest = a;
      a = Math.floor(rest / group);
      rest = (rest - a * group) * 65_536 + b;
      b = Math.floor(rest / group);
      rest = (rest - b * group) * 65_536 + c;
      c = Math.floor(rest / group);
      rest = (rest - c * group) * 65_536 + d;
      d = Math.floor(rest / group);
      rest -= d * group;
      for (let i = 0; i < groupDigits; i++) {
        const next = Math.floor(rest / 10);
        digits[--at] = 48 + rest - next * 10;
        rest = next;
      }
    }
    while (at < digits.length - 1 && digits[at] === 48) at++;
    if (at === digits.length) this.#bytes[this.#at++] = 48;
    else while (at < digits.length) this.#bytes[this.#at++] = byteAt(digits, at++);
  }

  /** A whole number of 64 bits in two's complement, given as halves. */
  signed(low: number, high: number): void {
    if (high < 0x8000_0000) {
      this.unsigned(low, high);
      return;
    }
    this.byte(45);
    const magnitude = (~low + 1) >>> 0;
    this.unsigned(magnitude, (~high + (magnitude === 0 ? 1 : 0)) >>> 0);
  }

  /** Bytes in base64, in quotes. */
  base64(source: Buffer, from: number, to: number): void {
    const text = source.toString('base64', from, to);
    this.byte(quote);
    this.ascii(text);
    this.byte(quote);
  }

  /** The text so far, in a buffer of its own. */
  finish(): Buffer {
    const result = Buffer.allocUnsafeSlow(this.#at);
    this.#bytes.copy(result, 0, 0, this.#at);
    return result;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

const quote = 34;
const backslash = 92;
const hexDigits = Buffer.from('0123456789abcdef');
const groupDigits = 7;
const group = 10 ** groupDigits;
const digits: Uint8Array = new Uint8Array(groupDigits * 3);

/** Bytes of the character beyond ASCII that begins at `at`; 0 when it is not valid UTF-8. */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const lead = byteAt(bytes, at);
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > to) return 0;
  for (let i = 1; i < length; i++) if ((byteAt(bytes, at + i) & 0xc0) !== 0x80) return 0;
  const second = byteAt(bytes, at + 1);
  // Longer than needed, surrogates, and beyond U+10FFFF.
  if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return 0;
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return length;
}
