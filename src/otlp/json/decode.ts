import { messages, topMessage, type Field } from '../fields.js';
import { MessageWriter } from '../build/message-writer.js';
import type { Signal } from '../signal.js';
import { atOnce, pieceBytes, type Work } from '../work.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { InvalidJson } from './invalid.js';
import { camelCase, enumNumber, isSame } from './names.js';
import { JsonNumbers } from './json-numbers.js';
import { Scanner, words, type Fail } from './scanner.js';
import { TakenBack } from './taken-back.js';
import { UnreadKeys } from './unread-keys.js';

/**
 * Transcodes an OTLP/JSON export request to protobuf (docs/spec/core.md#otlp-json), reading what the Collector reads:
 * camelCase and snake_case keys, numbers as text, enums by name; unknown keys and whatever follows the first value are
 * skipped. Null means that a field has no value. One pass, no recursion, no loss of 64-bit numbers, and no object or
 * string per item. The result still has to pass `validate`. Throws `InvalidJson`.
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
/** Numbers per level, and where in them the object's first byte behind its brace is, and the bits of its fields. */
const levelSize = 4;
const startAt = 2;
const seenAt = 3;

/** Memory of the garbage collector's: what JSON becomes outlives no request, and nothing says when it ends. */
const allocate = (size: number): Buffer => Buffer.allocUnsafeSlow(size);

/**
 * Characters of a piece of work, bytes. Three of them may be a message that takes some hundred nanoseconds, so that a
 * piece is smaller than others.
 */
const jsonPiece = pieceBytes >> 3;

/** The next step of the decoder. */
type Phase =
  | { readonly step: 'begin' }
  | { readonly step: 'values' }
  /** An object is read again from its begin. */
  | { readonly step: 'again' }
  /** Consumes the value of an unknown key. */
  | { readonly step: 'skip' }
  /** Writes text with escapes, which ends at `to`. */
  | { readonly step: 'text'; at: number; readonly to: number }
  | { readonly step: 'write'; readonly writing: Iterator<void, Uint8Array, undefined> }
  | { readonly step: 'done'; readonly result: Uint8Array };

const begin: Phase = { step: 'begin' };
const values: Phase = { step: 'values' };
const again: Phase = { step: 'again' };
const skip: Phase = { step: 'skip' };

/** `jsonToProto` in pieces. `step` throws `InvalidJson`. */
export class JsonDecoder implements Work {
  readonly #signal: Signal;
  readonly #scanner: Scanner;
  readonly #writer: MessageWriter;
  readonly #numbers: JsonNumbers;
  readonly #takenBack: TakenBack;
  readonly #unread: UnreadKeys;

  /**
   * Open objects and lists, level by level: the message an object is of or a list stands in, the members or elements so
   * far, where it begins, and the bits of the fields that have a value;
   */
  #levels: Int32Array = new Int32Array(levelSize * 16);
  /** the field whose list this is, undefined for an object; */
  readonly #list: (Field | undefined)[] = [];
  /** and the field being read, for the path. */
  readonly #field: (Field | undefined)[] = [];
  #depth = 0;

  #phase: Phase = begin;

  constructor(signal: Signal, body: Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#signal = signal;
    const fail: Fail = (what, offset) => this.#fail(what, offset);
    this.#scanner = new Scanner(bytes, fail);
    this.#writer = new MessageWriter(bytes.length);
    this.#numbers = new JsonNumbers(this.#scanner, fail);
    this.#takenBack = new TakenBack(bytes.length);
    this.#unread = new UnreadKeys(signal);
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
        case 'again':
          this.#phase = values;
          return true;
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

  /** Says that a request with so many items lost some by keys that are no fields; undefined when it did not. */
  unread(items: number): string | undefined {
    return this.#unread.sentence(items);
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
    this.#levels[level + startAt] = this.#scanner.at;
    this.#levels[level + seenAt] = 0;
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
    const level = (this.#depth - 1) * levelSize;
    const message = at32(this.#levels, level);
    const takenBack = this.#takenBack;
    if (scanner.peek() === 125) {
      scanner.at++;
      if (!takenBack.isEmpty) takenBack.end(at32(this.#levels, level + startAt));
      if (--this.#depth > 0) this.#writer.close();
      return;
    }
    if (!this.#isFirst()) scanner.expect(44);
    scanner.peek();
    const from = scanner.at + 1;
    const to = scanner.skipString();
    const field = this.#named(message, from, to);
    scanner.expect(58);
    this.#field[this.#depth - 1] = field;
    if (field === undefined) {
      if (this.#unread.wants(this.#depth) && scanner.isFilled()) this.#strange(from, to);
      this.#skipValue();
    } else if (scanner.peek() === 110 && scanner.word(words.null)) this.#null(field, level);
    else if (!takenBack.isEmpty && takenBack.has(at32(this.#levels, level + startAt), field, from)) this.#skipValue();
    else {
      this.#levels[level + seenAt] = at32(this.#levels, level + seenAt) | (1 << field.number);
      if (field.repeated) this.#listOf(message, field);
      else this.#value(field, false);
    }
  }

  #skipValue(): void {
    this.#scanner.beginSkip(maxDepth - this.#depth);
    this.#phase = skip;
  }

  /** Notes the key in `[from, to)`, which is no field. */
  #strange(from: number, to: number): void {
    const { bytes, escaped } = this.#scanner;
    const key = (
      escaped ? this.#scanner.unescaped(from, to) : bytes.subarray(from, Math.min(to, from + 256))
    ).toString();
    this.#unread.add(key, this.#path(), this.#depth);
  }

  #listOf(message: number, field: Field): void {
    const scanner = this.#scanner;
    if (scanner.peek() !== 91) this.#fail('expected a list', scanner.at);
    scanner.at++;
    if (isPacked(field)) {
      this.#writer.tag(field.tag);
      this.#writer.open();
    }
    this.#enter(message, field);
  }

  /**
   * A field is null: it has no value, and one that it has been given is taken back. Where a text or message is the only
   * member of its oneof, it is set to its default, as in the Collector.
   */
  #null(field: Field, level: number): void {
    const seen = at32(this.#levels, level + seenAt);
    if ((seen & (1 << field.number)) !== 0) this.#takeBack(field, level);
    else if (field.oneof >= 0 && (field.type === 'string' || field.type === 'message'))
      if ((seen & (oneofBits.get(field) ?? 0)) === 0) this.#empty(field);
  }

  #takeBack(field: Field, level: number): void {
    const scanner = this.#scanner;
    const start = at32(this.#levels, level + startAt);
    if (!this.#takenBack.add(start, field, scanner.at)) this.#fail('null takes back values too often', scanner.at);
    this.#writer.rewind();
    scanner.at = start;
    this.#levels[level + 1] = this.#levels[level + seenAt] = 0;
    this.#phase = again;
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
        if (inList && scanner.word(words.null)) {
          this.#empty(field);
          return;
        }
        scanner.expect(123);
        writer.tag(field.tag);
        writer.open();
        this.#enter(field.message, undefined);
        return;
      case 'string':
        if (inList && scanner.word(words.null)) this.#empty(field);
        else this.#string(field);
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
    const digits = this.#numbers;
    digits.characters();
    const length = digits.to - digits.from;
    if (length === 0) return;
    this.#writer.tag(field.tag);
    if (length !== size * 2 || !this.#writer.hexRun(digits.bytes, digits.from, size))
      this.#fail(`expected ${size * 2} hexadecimal digits`, start);
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
        const value = this.#numbers.double(start);
        if (!inList) writer.tag(field.tag);
        writer.double(value);
        return;
      }
      case 'enum':
        this.#enum(field, inList, start);
        return;
      case 'fixed32':
      case 'uint32':
        this.#numbers.unsigned(32, start);
        break;
      case 'fixed64':
      case 'uint64':
        this.#numbers.unsigned(64, start);
        break;
      case 'int32':
      case 'sint32':
        this.#numbers.signed(32, start);
        break;
      default:
        this.#numbers.signed(64, start);
    }
    this.#write(field, inList);
  }

  /** Writes the whole number that was read last in the encoding of its field. */
  #write({ tag, type }: Field, inList: boolean): void {
    const writer = this.#writer;
    const { low, high } = this.#numbers.whole;
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
      const { bytes, from, to } = this.#numbers.characters();
      value = enumNumber(field, bytes, from, to);
      if (value === undefined) {
        const name = Buffer.from(bytes.subarray(from, to)).toString();
        this.#fail(`unknown enum value ${JSON.stringify(name)}`, start);
      }
      if (!inList) this.#writer.tag(field.tag);
      this.#writer.varint(value);
      return;
    }
    this.#numbers.signed(32, start);
    this.#write(field, inList);
  }

  #fail(what: string, offset: number): never {
    throw new InvalidJson(what, offset, `${this.#path()}${this.#attribute()}`);
  }

  #path(): string {
    let path = '';
    for (let level = 0; level < this.#depth && path.length <= 500; level++) {
      const field = this.#field[level];
      if (this.#list[level] !== undefined) path += `[${at32(this.#levels, level * levelSize + 1) - 1}]`;
      else if (field !== undefined) path += `${path === '' ? '' : '.'}${camelCase(field.name)}`;
    }
    return path;
  }

  /** The key of the innermost attribute, where it stands in front of the value. */
  #attribute(): string {
    for (let level = (this.#depth - 1) * levelSize; level >= 0; level -= levelSize) {
      if (at32(this.#levels, level) !== keyValue || this.#list[level / levelSize] !== undefined) continue;
      const start = at32(this.#levels, level + startAt);
      const key = /^\s*"key"\s*:\s*"((?:[^"\\]|\\.){1,64})/.exec(
        this.#scanner.bytes.toString('utf8', start, start + 256),
      );
      return key ? ` (key ${JSON.stringify(key[1])})` : '';
    }
    return '';
  }
}

const keyValue: number = messages.findIndex(({ name }) => name === 'KeyValue');

/** The bits of all members of each field's oneof. */
const oneofBits: ReadonlyMap<Field, number> = new Map(
  messages.flatMap(({ fields }) =>
    fields.map((field) => [
      field,
      fields.reduce((bits, { oneof, number }) => (oneof === field.oneof ? bits | (1 << number) : bits), 0),
    ]),
  ),
);

/** Repeated numbers stand packed behind one tag. */
function isPacked(field: Field): boolean {
  return field.type !== 'message' && field.type !== 'string' && field.type !== 'bytes';
}
