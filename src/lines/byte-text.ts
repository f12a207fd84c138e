import { isAscii, isUtf8 } from 'node:buffer';
import { completeUtf8End } from './complete-utf8.js';
import type { TextEncoding } from './text-encoding.js';

/** How characters of the string lie in the bytes. */
type Layout = 'one-byte' | 'two-bytes' | 'utf-8';

/**
 * Bytes as a string in which a pattern is searched, and the way from its characters to their bytes. Text of UTF-8 and
 * UTF-16 is decoded; of anything else each byte is a character, which patterns of ASCII match all the same.
 */
export class ByteText {
  /** Of the bytes from `base` on. */
  text = '';
  base = 0;
  readonly #unit: TextEncoding['unit'];
  readonly #isUtf8: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #layout: Layout = 'one-byte';
  /** A place in the string and the byte that it stands for, from which places behind it are counted. */
  #place = 0;
  #byte = 0;

  constructor({ unit, form }: TextEncoding) {
    this.#unit = unit;
    this.#isUtf8 = form !== 'decoded';
  }

  /** Moves to `bytes` from `from` on. */
  set(bytes: Buffer, from: number): void {
    this.#bytes = bytes;
    this.base = this.#byte = from;
    this.#place = 0;
    const to = bytes.length;
    if (this.#unit !== 'byte') {
      this.#layout = 'two-bytes';
      const whole = bytes.subarray(from, to - ((to - from) % 2));
      this.text = (this.#unit === 'low-first' ? whole : Buffer.from(whole).swap16()).toString('utf16le');
      return;
    }
    const end = this.#isUtf8 ? completeUtf8End(bytes, from, to) : to;
    const part = bytes.subarray(from, end);
    const decodes = this.#isUtf8 && !isAscii(part) && isUtf8(part);
    this.#layout = decodes ? 'utf-8' : 'one-byte';
    this.text = decodes ? part.toString('utf8') : bytes.toString('latin1', from, to);
  }

  /** The byte of a place in the string. Places ask in rising order, or start over at the beginning. */
  byteAt(place: number): number {
    if (this.#layout !== 'utf-8') return this.base + place * (this.#layout === 'two-bytes' ? 2 : 1);
    if (place < this.#place) {
      this.#place = 0;
      this.#byte = this.base;
    }
    this.#byte += Buffer.byteLength(this.text.slice(this.#place, place));
    this.#place = place;
    return this.#byte;
  }

  /** The place of the character that begins at a byte; undefined when none does. */
  placeOf(byte: number): number | undefined {
    const offset = byte - this.base;
    if (offset < 0) return undefined;
    if (this.#layout === 'one-byte') return offset;
    if (this.#layout === 'two-bytes') return offset % 2 === 0 ? offset / 2 : undefined;
    if (byte === this.#byte) return this.#place;
    const continues = ((this.#bytes[byte] ?? 0) & 0xc0) === 0x80;
    if (continues || byte < this.#byte) return undefined;
    this.#place += this.#bytes.toString('utf8', this.#byte, byte).length;
    this.#byte = byte;
    return this.#place;
  }
}
