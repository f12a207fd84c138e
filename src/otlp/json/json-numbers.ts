import { byteAt } from '../wire/at.js';
import type { Fail, Scanner } from './scanner.js';
import { Whole } from './whole.js';

/** The longest text of a number that is looked at without making a string of it. */
const exactDigits = 15;
const powersOfTen: readonly number[] = Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

/** Reads numbers of JSON, and texts that stand for numbers, IDs and names. Of a number no string is made. */
export class JsonNumbers {
  readonly #scanner: Scanner;
  readonly #fail: Fail;
  /** The whole number that was read last, its magnitude in two's complement. */
  readonly whole: Whole = new Whole();
  /** The characters that were read last: where they lie, and their bounds. */
  bytes: Uint8Array;
  from = 0;
  to = 0;

  constructor(scanner: Scanner, fail: Fail) {
    this.#scanner = scanner;
    this.#fail = fail;
    this.bytes = scanner.bytes;
  }

  /** Consumes text and finds its characters: where they stand, or in a buffer of their own when they hold escapes. */
  characters(): this {
    const scanner = this.#scanner;
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    this.#found(scanner.bytes, from, to);
    if (!scanner.escaped) return this;
    const plain = scanner.unescaped(from, to);
    this.#found(plain, 0, plain.length);
    return this;
  }

  #found(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  /** Consumes a number or text and finds its characters; answers whether it was text. */
  #numberCharacters(): boolean {
    const scanner = this.#scanner;
    if (scanner.peek() === 34) {
      this.characters();
      return true;
    }
    this.#found(scanner.bytes, scanner.at, scanner.skipNumber());
    return false;
  }

  /** Consumes a whole number of so many bits, which is in `whole` then; `start` is its offset. */
  unsigned(bits: 32 | 64, start: number): void {
    this.#readWhole(start);
    if (!this.whole.fitsUnsigned(bits)) this.#fail('a number out of range', start);
  }

  /** The same for a number that may be negative. */
  signed(bits: 32 | 64, start: number): void {
    this.#readWhole(start);
    if (!this.whole.fitsSigned(bits)) this.#fail('a number out of range', start);
    this.whole.toTwosComplement();
  }

  #readWhole(start: number): void {
    const quoted = this.#numberCharacters();
    if (!this.whole.read(this.bytes, this.from, this.to, quoted)) this.#fail('expected a whole number', start);
  }

  /** Consumes a number of any kind; `start` is its offset. */
  double(start: number): number {
    const quoted = this.#numberCharacters();
    const short = this.#shortDouble();
    if (short !== undefined) return short;
    // Longer or rarer numbers are left to the language; there is no way to it but a string.
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.from, this.to - this.from).toString(
      'latin1',
    );
    if (quoted) {
      const special = specials.get(text.toLowerCase().replace(/^\+/, ''));
      if (special !== undefined) return special;
    }
    if (
      !/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ||
      (!quoted && !/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text))
    )
      this.#fail('expected a number', start);
    const value = Number(text);
    if (!Number.isFinite(value)) this.#fail('a number out of range', start);
    return value;
  }

  /**
   * A number of at most 15 digits without an exponent: the digits and the power of ten are exact, so their quotient is
   * right.
   */
  #shortDouble(): number | undefined {
    const bytes = this.bytes;
    const negative = bytes[this.from] === 45;
    const first = negative ? this.from + 1 : this.from;
    const last = this.to - 1;
    // A point between digits is one more character.
    if (this.to - first > exactDigits + 1 || this.to <= first) return undefined;
    let mantissa = 0;
    let digits = 0;
    let point = -1;
    for (let at = first; at < this.to; at++) {
      const digit = byteAt(bytes, at) - 48;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
      } else if (digit === -2 && point < 0 && at !== first && at !== last) point = at;
      else return undefined;
    }
    if (digits > exactDigits) return undefined;
    const value = point < 0 ? mantissa : mantissa / (powersOfTen[last - point] ?? 1);
    return negative ? -value : value;
  }
}

const specials: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['infinity', Infinity],
  ['-infinity', -Infinity],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);
