import type { FieldList } from '../fields.js';
import { DynamicTable } from './dynamic-table.js';
import { staticSize, staticTable } from './static-table.js';

/** The largest table we use however much the peer allows, bytes. */
const mostTable = 4096;
/** Never enter a table, here or further on (RFC 7541 7.1.3). */
const secret: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);
/** Change from request to request, so they would only push out what does not. */
const volatile: ReadonlySet<string> = new Set([
  'grpc-timeout',
  'grpc-message',
  'grpc-status-details-bin',
  'content-length',
  'traceparent',
]);

/**
 * Encodes the header blocks of one connection, in their order (RFC 7541). A repeating field enters the table at its
 * first use and is one byte from then on; so strings are not Huffman-coded, which would pay only once.
 */
export class HpackEncoder {
  readonly #table: DynamicTable = new DynamicTable(mostTable);
  /** A change of the table's size that the next block has to begin with. */
  #announce: number | undefined;
  #out: Buffer = Buffer.allocUnsafeSlow(1024);
  #at = 0;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(size: number): void {
    const limit = Math.min(size, mostTable);
    if (limit === this.#table.limit) return;
    this.#table.resize(limit);
    this.#announce = limit;
  }

  /** The block, borrowed until the next call. Values are Latin-1. */
  encode(fields: FieldList): Uint8Array {
    this.#at = 0;
    if (this.#announce !== undefined) {
      this.#room(8);
      this.#integer(0x20, 5, this.#announce);
      this.#announce = undefined;
    }
    for (let i = 0; i < fields.length; i += 2) this.#field(fields[i] as string, fields[i + 1] as string);
    return this.#out.subarray(0, this.#at);
  }

  #field(name: string, value: string): void {
    this.#room(16 + name.length + value.length);
    let named = 0;
    for (let i = 0; i < this.#table.count; i++) {
      if (this.#table.name(i) !== name) continue;
      if (this.#table.value(i) === value) return this.#integer(0x80, 7, staticSize + 1 + i);
      named = staticSize + 1 + i;
    }
    for (let i = 0; i < staticTable.length; i += 2) {
      if (staticTable[i] !== name) continue;
      if (staticTable[i + 1] === value) return this.#integer(0x80, 7, i / 2 + 1);
      named = i / 2 + 1;
    }
    if (secret.has(name)) this.#integer(0x10, 4, named);
    else if (volatile.has(name)) this.#integer(0x00, 4, named);
    else {
      this.#integer(0x40, 6, named);
      this.#table.add(name, value);
    }
    if (named === 0) this.#string(name);
    this.#string(value);
  }

  #integer(bits: number, prefix: number, value: number): void {
    const mask = (1 << prefix) - 1;
    if (value < mask) {
      this.#out[this.#at++] = bits | value;
      return;
    }
    this.#out[this.#at++] = bits | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) this.#out[this.#at++] = (rest & 0x7f) | 0x80;
    this.#out[this.#at++] = rest;
  }

  #string(text: string): void {
    this.#integer(0x00, 7, text.length);
    this.#at += this.#out.write(text, this.#at, 'latin1');
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow((this.#at + bytes) * 2);
    larger.set(this.#out.subarray(0, this.#at));
    this.#out = larger;
  }
}
