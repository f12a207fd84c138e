import { messages, topMessage, type Field } from '../fields.js';
import { MessageWriter } from '../build/message-writer.js';
import type { Signal } from '../signal.js';
import { atOnce, pieceBytes, type Work } from '../work.js';
import { at32, byteAt } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { InvalidJson } from './invalid.js';
import { camelCase, enumNumber, isSame } from './names.js';
import { Scanner, words } from './scanner.js';
import { Whole } from './whole.js';

/**
 * Transcodes an OTLP/JSON export request to protobuf (docs/spec/core.md#otlp-json), reading what the Collector reads:
 * camelCase and snake_case keys, numbers as text, enums by name; unknown keys and whatever follows the first value are
 * skipped. One pass, no recursion, no loss of 64-bit numbers, and no object or string per item. The result still has to
 * pass `validate`. Throws `InvalidJson`.
 */
export function jsonToProto(signal: Signal, body: Uint8Array): Uint8Array {
  const decoder = new JsonDecoder(signal, body);
  atOnce(decoder);
  return decoder.finish();
}

interface Name {
  readonly key: Buffer;
  readonly field: Field;
}

const noNames: readonly Name[] = [];

/** `byLength[message][length]`: the names of that length. */
const byLength: readonly (readonly (readonly Name[] | undefined)[])[] = messages.map((message) => {
  const table: Name[][] = [];
  for (const field of message.fields) {
    // The deprecated lists exist in protobuf only.
    if (field.number === 1000) continue;
    for (const name of new Set([field.name, camelCase(field.name)]))
      (table[name.length] ??= []).push({ key: Buffer.from(name), field });
  }
  return table;
});

/** Objects and lists in one another; the Collector's reader stops at as many. */
const maxDepth = 10_000;
/** Numbers per level. */
const levelSize = 2;

/** The longest text of a number that is looked at without making a string of it. */
const exactDigits = 15;
const powersOfTen: readonly number[] = Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

/** Memory of the garbage collector's: what JSON becomes outlives no request, and nothing says when it ends. */
const allocate = (size: number): Buffer => Buffer.allocUnsafeSlow(size);

/**
 * Characters of a piece of work, bytes. Three of them may be a message that takes some hundred nanoseconds, so that a
 * piece is smaller than others.
 */
const jsonPiece = pieceBytes >> 3;

/** What the decoder does next. */
type Phase =
  | { readonly step: 'begin' }
  | { readonly step: 'values' }
  /** Consumes the value of an unknown key. */
  | { readonly step: 'skip' }
  /** Writes text with escapes, which ends at `to`. */
  | { readonly step: 'text'; at: number; readonly to: number }
  | { readonly step: 'write'; readonly writing: Iterator<void, Uint8Array, undefined> }
  | { readonly step: 'done'; readonly result: Uint8Array };

const begin: Phase = { step: 'begin' };
const values: Phase = { step: 'values' };
const skip: Phase = { step: 'skip' };

/** `jsonToProto` in pieces. `step` throws `InvalidJson`. */
export class JsonDecoder implements Work {
  readonly #signal: Signal;
  readonly #scanner: Scanner;
  readonly #writer: MessageWriter;
  readonly #whole: Whole = new Whole();

  /**
   * Open objects and lists, level by level: the message an object is of or a list stands in, and the members or
   * elements so far;
   */
  #levels: Int32Array = new Int32Array(levelSize * 16);
  /** the field whose list this is, undefined for an object; */
  readonly #list: (Field | undefined)[] = [];
  /** and the field being read, for the path. */
  readonly #field: (Field | undefined)[] = [];
  #depth = 0;

  /** Bounds of the number's characters that were read last, and where they lie. */
  #from = 0;
  #to = 0;
  #digits: Uint8Array;

  #phase: Phase = begin;

  constructor(signal: Signal, body: Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#signal = signal;
    this.#scanner = new Scanner(bytes, (what, offset) => this.#fail(what, offset));
    this.#writer = new MessageWriter(bytes.length);
    this.#digits = bytes;
  }

  /** Bytes of memory that the work takes, and its result. */
  get memory(): number {
    return this.#phase.step === 'done' ? this.#phase.result.length : this.#writer.memory;
  }

  step(): boolean {
    const scanner = this.#scanner;
    const stop = scanner.at + jsonPiece;
    for (;;) {
      const phase = this.#phase;
      switch (phase.step) {
        case 'begin':
          if (scanner.word(words.null)) return this.#done(new Uint8Array());
          scanner.expect(123);
          this.#phase = values;
          this.#enter(topMessage[this.#signal], undefined);
          break;
        case 'values':
          while (this.#depth > 0 && scanner.at < stop && this.#phase === values) {
            const list = this.#list[this.#depth - 1];
            if (list === undefined) this.#member();
            else this.#element(list);
          }
          if (this.#phase !== values) break;
          if (this.#depth > 0) return true;
          this.#phase = { step: 'write', writing: this.#writer.finishing(allocate) };
          break;
        case 'skip':
          if (!scanner.skip(stop)) return true;
          this.#phase = values;
          break;
        case 'text':
          phase.at = scanner.unescape(phase.at, phase.to, phase.at + jsonPiece, this.#writer);
          if (phase.at < phase.to) return true;
          this.#writer.close();
          this.#phase = values;
          break;
        case 'write': {
          const { done, value } = phase.writing.next();
          return done === true ? this.#done(value) : true;
        }
        case 'done':
          return false;
      }
    }
  }

  /** The result, once `step` has returned false. */
  finish(): Uint8Array {
    if (this.#phase.step !== 'done') throw new Error('the text has not been read to its end');
    return this.#phase.result;
  }

  #done(result: Uint8Array): boolean {
    this.#phase = { step: 'done', result };
    return false;
  }

  #enter(message: number, list: Field | undefined): void {
    if (this.#depth >= maxDepth) this.#fail('exceeded max depth', this.#scanner.at);
    const level = this.#depth * levelSize;
    this.#levels = withRoom(this.#levels, level + levelSize);
    this.#levels[level] = message;
    this.#levels[level + 1] = 0;
    this.#list[this.#depth] = list;
    this.#field[this.#depth] = list;
    this.#depth++;
  }

  #isFirst(): boolean {
    const place = (this.#depth - 1) * levelSize + 1;
    const count = at32(this.#levels, place);
    this.#levels[place] = count + 1;
    return count === 0;
  }

  #member(): void {
    const scanner = this.#scanner;
    const message = at32(this.#levels, (this.#depth - 1) * levelSize);
    if (scanner.peek() === 125) {
      scanner.at++;
      if (--this.#depth > 0) this.#writer.close();
      return;
    }
    if (!this.#isFirst()) scanner.expect(44);
    scanner.peek();
    const from = scanner.at + 1;
    const field = this.#named(message, from, scanner.skipString());
    scanner.expect(58);
    this.#field[this.#depth - 1] = field;
    if (field === undefined) {
      scanner.beginSkip(maxDepth - this.#depth);
      this.#phase = skip;
    } else if (!field.repeated) this.#value(field, false);
    else if (!scanner.word(words.null)) {
      if (scanner.peek() !== 91) this.#fail('expected a list', scanner.at);
      scanner.at++;
      if (isPacked(field)) {
        this.#writer.tag(field.tag);
        this.#writer.open();
      }
      this.#enter(message, field);
    }
  }

  #element(field: Field): void {
    const scanner = this.#scanner;
    if (scanner.peek() === 93) {
      scanner.at++;
      if (isPacked(field)) this.#writer.close();
      this.#depth--;
      return;
    }
    if (!this.#isFirst()) scanner.expect(44);
    this.#value(field, true);
  }

  #named(message: number, from: number, to: number): Field | undefined {
    const { bytes, escaped } = this.#scanner;
    const names = byLength[message]?.[to - from] ?? noNames;
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name && isSame(name.key, bytes, from, to)) return name.field;
    }
    if (!escaped) return undefined;
    const name = this.#scanner.unescaped(from, to);
    return byLength[message]?.[name.length]?.find(({ key }) => key.equals(name))?.field;
  }

  #value(field: Field, inList: boolean): void {
    const scanner = this.#scanner;
    const writer = this.#writer;
    switch (field.type) {
      case 'message':
        if (scanner.word(words.null)) {
          if (inList) this.#empty(field);
          return;
        }
        scanner.expect(123);
        writer.tag(field.tag);
        writer.open();
        this.#enter(field.message, undefined);
        return;
      case 'string':
        if (!scanner.word(words.null)) this.#string(field);
        else if (inList || field.oneof >= 0) this.#empty(field);
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
        this.#scalar(field, inList);
    }
  }

  #empty(field: Field): void {
    this.#writer.tag(field.tag);
    this.#writer.varint(0);
  }

  #string(field: Field): void {
    const scanner = this.#scanner;
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    this.#writer.tag(field.tag);
    if (!scanner.escaped) this.#writer.delimitedRun(scanner.bytes, from, to);
    else {
      this.#writer.open();
      this.#phase = { step: 'text', at: from, to };
    }
  }

  #bytes(field: Field): void {
    const scanner = this.#scanner;
    scanner.peek();
    const start = scanner.at;
    const end = scanner.skipString();
    const text = scanner.escaped
      ? scanner.unescaped(start + 1, end).toString('latin1')
      : scanner.bytes.toString('latin1', start + 1, end);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text.replace(/[\r\n]/g, '')) this.#fail('illegal base64 data', start);
    this.#writer.tag(field.tag);
    this.#writer.delimited(bytes);
  }

  #id(field: Field, size: number): void {
    this.#scanner.peek();
    const start = this.#scanner.at;
    this.#characters();
    const length = this.#to - this.#from;
    if (length === 0) return;
    this.#writer.tag(field.tag);
    if (length !== size * 2 || !this.#writer.hexRun(this.#digits, this.#from, size))
      this.#fail(`expected ${size * 2} hexadecimal digits`, start);
  }

  /** Consumes text and finds its characters: where they stand, or in a buffer of their own when they hold escapes. */
  #characters(): void {
    const scanner = this.#scanner;
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    this.#found(scanner.bytes, from, to);
    if (!scanner.escaped) return;
    const plain = scanner.unescaped(from, to);
    this.#found(plain, 0, plain.length);
  }

  #found(bytes: Uint8Array, from: number, to: number): void {
    this.#digits = bytes;
    this.#from = from;
    this.#to = to;
  }

  /** Consumes a number or text and finds its characters; answers whether it was text. */
  #numberCharacters(): boolean {
    const scanner = this.#scanner;
    if (scanner.peek() === 34) {
      this.#characters();
      return true;
    }
    this.#found(scanner.bytes, scanner.at, scanner.skipNumber());
    return false;
  }

  /** Numbers, bools and enums, in a packed list without their tags. */
  #scalar(field: Field, inList: boolean): void {
    const writer = this.#writer;
    const scanner = this.#scanner;
    scanner.peek();
    const start = scanner.at;
    switch (field.type) {
      case 'bool': {
        const value = scanner.word(words.true);
        if (!value && !scanner.word(words.false)) this.#fail('expected true or false', start);
        if (!inList) writer.tag(field.tag);
        writer.byte(value ? 1 : 0);
        return;
      }
      case 'double': {
        const value = this.#double(start);
        if (!inList) writer.tag(field.tag);
        writer.double(value);
        return;
      }
      case 'enum':
        this.#enum(field, inList, start);
        return;
      case 'fixed32':
      case 'uint32':
        this.#unsigned(32, start);
        break;
      case 'fixed64':
      case 'uint64':
        this.#unsigned(64, start);
        break;
      case 'int32':
      case 'sint32':
        this.#signed(32, start);
        break;
      default:
        this.#signed(64, start);
    }
    this.#write(field, inList);
  }

  /** Writes the whole number that was read last in the encoding of its field. */
  #write({ tag, type }: Field, inList: boolean): void {
    const writer = this.#writer;
    const { low, high } = this.#whole;
    if (type === 'fixed32') {
      if (!inList) writer.tag(tag);
      writer.fixed32(low);
    } else if (type === 'fixed64' || type === 'sfixed64') {
      if (!inList) writer.tag(tag);
      writer.fixed64(low, high);
    } else {
      if (!inList) writer.tag(tag);
      if (type === 'sint32') writer.varint(((low << 1) ^ (low >> 31)) >>> 0);
      else writer.varint64(low, high);
    }
  }

  #enum(field: Field, inList: boolean, start: number): void {
    let value: number | undefined;
    if (this.#scanner.peek() === 34) {
      this.#characters();
      value = enumNumber(field, this.#digits, this.#from, this.#to);
      if (value === undefined) {
        const name = Buffer.from(this.#digits.subarray(this.#from, this.#to)).toString();
        this.#fail(`unknown enum value ${JSON.stringify(name)}`, start);
      }
      if (!inList) this.#writer.tag(field.tag);
      this.#writer.varint(value);
      return;
    }
    this.#signed(32, start);
    this.#write(field, inList);
  }

  #unsigned(bits: 32 | 64, start: number): void {
    this.#readWhole(start);
    if (!this.#whole.fitsUnsigned(bits)) this.#fail('a number out of range', start);
  }

  #signed(bits: 32 | 64, start: number): void {
    this.#readWhole(start);
    if (!this.#whole.fitsSigned(bits)) this.#fail('a number out of range', start);
    this.#whole.toTwosComplement();
  }

  #readWhole(start: number): void {
    this.#numberCharacters();
    if (!this.#whole.read(this.#digits, this.#from, this.#to)) this.#fail('expected a whole number', start);
  }

  #double(start: number): number {
    const quoted = this.#numberCharacters();
    const short = this.#shortDouble();
    if (short !== undefined) return short;
    // Longer or rarer numbers are left to the language; there is no way to it but a string.
    const text = Buffer.from(this.#digits.buffer, this.#digits.byteOffset + this.#from, this.#to - this.#from).toString(
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
    const bytes = this.#digits;
    const negative = bytes[this.#from] === 45;
    const first = negative ? this.#from + 1 : this.#from;
    const last = this.#to - 1;
    // A point between digits is one more character.
    if (this.#to - first > exactDigits + 1 || this.#to <= first) return undefined;
    let mantissa = 0;
    let digits = 0;
    let point = -1;
    for (let at = first; at < this.#to; at++) {
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

  #fail(what: string, offset: number): never {
    let path = '';
    for (let level = 0; level < this.#depth && path.length <= 500; level++) {
      const field = this.#field[level];
      if (this.#list[level] !== undefined) path += `[${at32(this.#levels, level * levelSize + 1) - 1}]`;
      else if (field !== undefined) path += `${path === '' ? '' : '.'}${camelCase(field.name)}`;
    }
    throw new InvalidJson(what, offset, path);
  }
}

const specials: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['infinity', Infinity],
  ['-infinity', -Infinity],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** Repeated numbers stand packed behind one tag. */
function isPacked(field: Field): boolean {
  return field.type !== 'message' && field.type !== 'string' && field.type !== 'bytes';
}
