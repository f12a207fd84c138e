import { byteAt } from '../../../otlp/wire/at.js';
import { ConnectionError, errorCode } from '../frames.js';
import { DynamicTable } from './dynamic-table.js';
import { decodeHuffman } from './huffman.js';
import { staticSize, staticTable } from './static-table.js';

/** Size of the peer's table, bytes: the default of the protocol, which our SETTINGS leave as it is. */
const tableLimit = 4096;
/** Bytes that a field counts beyond its name and value towards the limit of a list (RFC 9113 6.5.2). */
const overhead = 32;

/**
 * Decodes the header blocks of one connection, in their order (RFC 7541). Throws `ConnectionError` with
 * COMPRESSION_ERROR.
 */
export class HpackDecoder {
  readonly #table: DynamicTable = new DynamicTable(tableLimit);
  readonly #maxList: number;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #to = 0;

  /** @param maxList - largest list in bytes as RFC 9113 6.5.2 counts it */
  constructor(maxList: number) {
    this.#maxList = maxList;
  }

  /**
   * The fields of one whole block. Undefined when the list is larger than allowed: the table is kept in step all the
   * same, and nothing of the rest is kept.
   */
  decode(bytes: Uint8Array, from: number, to: number): string[] | undefined {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    const fields: string[] = [];
    let size = 0;
    while (this.#at < to) {
      const first = byteAt(bytes, this.#at);
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0 || size > 0) throw broken('the size of the table changes within a header block');
        this.#resize();
        continue;
      }
      let name: string;
      let value: string;
      if (first >= 0x80) {
        const index = this.#integer(7);
        name = this.#name(index);
        value =
          index <= staticSize
            ? (staticTable[2 * index - 1] as string)
            : (this.#table.value(index - staticSize - 1) as string);
      } else {
        const indexed = first >= 0x40;
        const index = this.#integer(indexed ? 6 : 4);
        name = index === 0 ? this.#string() : this.#name(index);
        value = this.#string();
        if (indexed) this.#table.add(name, value);
      }
      size += name.length + value.length + overhead;
      if (size <= this.#maxList) fields.push(name, value);
    }
    this.#bytes = bytes.subarray(0, 0);
    return size <= this.#maxList ? fields : undefined;
  }

  #resize(): void {
    const limit = this.#integer(5);
    if (limit > tableLimit)
      throw broken(`the table is set to ${limit} bytes, more than the ${tableLimit} that are allowed`);
    this.#table.resize(limit);
  }

  #name(index: number): string {
    const name = index <= staticSize ? staticTable[2 * index - 2] : this.#table.name(index - staticSize - 1);
    if (name === undefined) throw broken(`no entry of the table has index ${index}`);
    return name;
  }

  #integer(prefix: number): number {
    const mask = (1 << prefix) - 1;
    const value = byteAt(this.#bytes, this.#at++) & mask;
    return value < mask ? value : this.#long(mask);
  }

  #long(start: number): number {
    let value = start;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= this.#to) throw broken('a header block ends within an integer');
      // Nothing that is allowed comes near this.
      if (shift > 21) throw broken('an integer is too long');
      const byte = byteAt(this.#bytes, this.#at++);
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #string(): string {
    if (this.#at >= this.#to) throw broken('a header block ends before a string');
    const huffman = byteAt(this.#bytes, this.#at) >= 0x80;
    const length = this.#integer(7);
    const from = this.#at;
    const end = from + length;
    if (end > this.#to) throw broken('a header block ends within a string');
    this.#at = end;
    if (huffman) return decodeHuffman(this.#bytes, from, end);
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, length).toString('latin1');
  }
}

function broken(message: string): ConnectionError {
  return new ConnectionError(errorCode.compressionError, message);
}
