import { messages, topMessage, type Field } from '../descriptors.js';
import type { Signal } from '../signal.js';
import { InvalidJson } from './invalid.js';
import { camelCase, enumNumber } from './names.js';
import { Scanner } from './scanner.js';
import { ProtoWriter } from './writer.js';

/**
 * Transcodes an OTLP/JSON export request to protobuf (spec core 12), reading what the Collector reads: camelCase and
 * snake_case keys, numbers as text, enums by name; unknown keys and whatever follows the first value are skipped. One pass, no
 * recursion, no loss of 64-bit numbers. The result still has to pass `validate`. Throws `InvalidJson`.
 */
export function jsonToProto(signal: Signal, body: Uint8Array): Uint8Array {
  return new Decoder(signal, Buffer.from(body.buffer, body.byteOffset, body.byteLength)).decode();
}

interface Name {
  readonly key: Buffer;
  readonly field: Field;
}

/** `byLength[message][length]`: the names of that length. */
const byLength: readonly (readonly (readonly Name[] | undefined)[])[] = messages.map((message) => {
  const table: Name[][] = [];
  for (const field of message.fields) {
    // The deprecated lists exist in protobuf only.
    if (field.number === 1000) continue;
    for (const name of new Set([field.name, camelCase(field.name)])) (table[name.length] ??= []).push({ key: Buffer.from(name), field });
  }
  return table;
});

/** Where the reader stands: in an object of a message, or in a list of a field. */
interface Frame {
  readonly message: number;
  /** The field whose list this is; undefined for an object. */
  readonly list: Field | undefined;
  /** Members or elements so far. */
  count: number;
  /** The field being read, for the path. */
  field: Field | undefined;
}

/** Objects and lists in one another; the Collector's reader stops at as many. */
const maxDepth = 10_000;

class Decoder {
  readonly #signal: Signal;
  readonly #scanner: Scanner;
  readonly #writer: ProtoWriter;
  readonly #stack: Frame[] = [];

  constructor(signal: Signal, bytes: Buffer) {
    this.#signal = signal;
    this.#scanner = new Scanner(bytes, (what, offset) => this.#fail(what, offset));
    this.#writer = new ProtoWriter(bytes.length);
  }

  decode(): Uint8Array {
    if (this.#scanner.word('null')) return new Uint8Array();
    this.#scanner.expect(123);
    this.#enter({ message: topMessage[this.#signal], list: undefined, count: 0, field: undefined });
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      if (frame.list === undefined) this.#member(frame);
      else this.#element(frame, frame.list);
    }
    return this.#writer.finish();
  }

  #member(frame: Frame): void {
    const scanner = this.#scanner;
    const next = scanner.peek();
    if (next === 125) {
      scanner.at++;
      this.#leave(frame);
      return;
    }
    if (frame.count++ > 0) scanner.expect(44);
    scanner.peek();
    const from = scanner.at + 1;
    const field = this.#field(frame.message, from, scanner.skipString());
    scanner.expect(58);
    frame.field = field;
    if (field === undefined) scanner.skipValue();
    else if (!field.repeated) this.#value(frame.message, field, false);
    else if (!scanner.word('null')) {
      if (scanner.peek() !== 91) this.#fail('expected a list', scanner.at);
      scanner.at++;
      if (isPacked(field)) {
        this.#writer.tag(field.number, 2);
        this.#writer.open();
      }
      this.#enter({ message: frame.message, list: field, count: 0, field });
    }
  }

  #element(frame: Frame, field: Field): void {
    const scanner = this.#scanner;
    if (scanner.peek() === 93) {
      scanner.at++;
      if (isPacked(field)) this.#writer.close();
      this.#stack.pop();
      return;
    }
    if (frame.count++ > 0) scanner.expect(44);
    this.#value(frame.message, field, true);
  }

  #leave(frame: Frame): void {
    this.#stack.pop();
    void frame;
    if (this.#stack.length > 0) this.#writer.close();
  }

  #enter(frame: Frame): void {
    if (this.#stack.length >= maxDepth) this.#fail('exceeded max depth', this.#scanner.at);
    this.#stack.push(frame);
  }

  #field(message: number, from: number, to: number): Field | undefined {
    const { bytes } = this.#scanner;
    for (const { key, field } of byLength[message]?.[to - from] ?? []) if (bytes.compare(key, 0, key.length, from, to) === 0) return field;
    if (!bytes.subarray(from, to).includes(92)) return undefined;
    const name = Buffer.from(this.#scanner.unescape(from, to));
    return byLength[message]?.[name.length]?.find(({ key }) => key.equals(name))?.field;
  }

  #value(message: number, field: Field, inList: boolean): void {
    const scanner = this.#scanner;
    const writer = this.#writer;
    switch (field.type) {
      case 'message':
        if (scanner.word('null')) {
          if (inList) {
            writer.tag(field.number, 2);
            writer.varint(0);
          }
          return;
        }
        scanner.expect(123);
        writer.tag(field.number, 2);
        writer.open();
        this.#enter({ message: field.message, list: undefined, count: 0, field: undefined });
        return;
      case 'string':
        if (scanner.word('null')) {
          if (inList || field.oneof >= 0) {
            writer.tag(field.number, 2);
            writer.varint(0);
          }
          return;
        }
        this.#string(field);
        return;
      case 'bytes':
        this.#bytes(field);
        return;
      case 'id16':
        this.#id(field, 16);
        return;
      case 'id8':
        this.#id(field, 8);
        return;
      default:
        this.#scalar(message, field, inList);
    }
  }

  #string(field: Field): void {
    const scanner = this.#scanner;
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    this.#writer.tag(field.number, 2);
    if (scanner.bytes.subarray(from, to).includes(92)) this.#writer.delimited(Buffer.from(scanner.unescape(from, to)));
    else this.#writer.delimitedRun(scanner.bytes, from, to);
  }

  #bytes(field: Field): void {
    const start = this.#scanner.at;
    const text = this.#text();
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text.replace(/[\r\n]/g, '')) this.#fail('illegal base64 data', start);
    this.#writer.tag(field.number, 2);
    this.#writer.delimited(bytes);
  }

  #id(field: Field, size: number): void {
    const start = this.#scanner.at;
    const text = this.#text();
    if (text === '') return;
    if (text.length !== size * 2 || !/^[0-9a-fA-F]+$/.test(text)) this.#fail(`expected ${size * 2} hexadecimal digits`, start);
    this.#writer.tag(field.number, 2);
    this.#writer.delimited(Buffer.from(text, 'hex'));
  }

  #text(): string {
    const scanner = this.#scanner;
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    return scanner.unescape(from, to);
  }

  /** Numbers, bools and enums, in a packed list without their tags. */
  #scalar(message: number, field: Field, inList: boolean): void {
    const writer = this.#writer;
    const scanner = this.#scanner;
    scanner.peek();
    const start = scanner.at;
    const tag = (wire: number): void => {
      if (!inList) writer.tag(field.number, wire);
    };
    switch (field.type) {
      case 'bool': {
        const value = scanner.word('true');
        if (!value && !scanner.word('false')) this.#fail('expected true or false', start);
        tag(0);
        return writer.byte(value ? 1 : 0);
      }
      case 'enum': {
        const { text, quoted } = scanner.number();
        const value = quoted ? enumNumber(message, field, text) : this.#whole(text, start, -0x80000000n, 0x7fffffffn);
        if (value === undefined) return this.#fail(`unknown enum value ${JSON.stringify(text)}`, start);
        tag(0);
        return writer.varint64(BigInt(value));
      }
      case 'double': {
        const value = this.#double(start);
        tag(1);
        return writer.double(value);
      }
      case 'fixed32':
        tag(5);
        return writer.fixed32(Number(this.#integer(start, 0n, 0xffffffffn)));
      case 'uint32':
        tag(0);
        return writer.varint64(this.#integer(start, 0n, 0xffffffffn));
      case 'int32':
        tag(0);
        return writer.varint64(this.#integer(start, -0x80000000n, 0x7fffffffn));
      case 'sint32': {
        const value = Number(this.#integer(start, -0x80000000n, 0x7fffffffn));
        tag(0);
        return writer.varint(((value << 1) ^ (value >> 31)) >>> 0);
      }
      case 'fixed64':
        tag(1);
        return writer.fixed64(this.#integer(start, 0n, maxUint64));
      case 'sfixed64':
        tag(1);
        return writer.fixed64(this.#integer(start, minInt64, maxInt64));
      case 'uint64':
        tag(0);
        return writer.varint64(this.#integer(start, 0n, maxUint64));
      default:
        tag(0);
        return writer.varint64(this.#integer(start, minInt64, maxInt64));
    }
  }

  #integer(start: number, low: bigint, high: bigint): bigint {
    return this.#whole(this.#scanner.number().text, start, low, high);
  }

  #whole(text: string, start: number, low: bigint, high: bigint): bigint {
    if (!/^-?(0|[1-9]\d*)$/.test(text)) this.#fail('expected a whole number', start);
    const value = BigInt(text);
    if (value < low || value > high) this.#fail('a number out of range', start);
    return value;
  }

  #double(start: number): number {
    const { text, quoted } = this.#scanner.number();
    if (quoted) {
      const special = specials[text.toLowerCase().replace(/^\+/, '')];
      if (special !== undefined) return special;
    }
    if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) || (!quoted && !/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text)))
      this.#fail('expected a number', start);
    const value = Number(text);
    if (!Number.isFinite(value)) this.#fail('a number out of range', start);
    return value;
  }

  #fail(what: string, offset: number): never {
    let path = '';
    for (const { field, list, count } of this.#stack) {
      if (list !== undefined) path += `[${count - 1}]`;
      else if (field !== undefined) path += `${path === '' ? '' : '.'}${camelCase(field.name)}`;
      if (path.length > 500) break;
    }
    throw new InvalidJson(what, offset, path);
  }
}

const maxUint64 = 2n ** 64n - 1n;
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

const specials: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  infinity: Infinity,
  '-infinity': -Infinity,
  inf: Infinity,
  '-inf': -Infinity,
};

/** Repeated numbers stand packed behind one tag. */
function isPacked(field: Field): boolean {
  return field.type !== 'message' && field.type !== 'string' && field.type !== 'bytes';
}
