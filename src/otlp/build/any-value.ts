import { tagOf } from '../fields.js';
import { ValueView } from '../view/value.js';
import { writeMessage } from './message.js';
import type { MessageWriter } from './message-writer.js';
import { writeInt64 } from './numbers.js';

/** Text as bytes, which may not be UTF-8: as a value it has U+FFFD in place of what is not. */
export class RawText {
  readonly bytes: Buffer;

  /** The bytes become the text's own. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  toString(): string {
    return this.bytes.toString('utf8');
  }
}

/** A double even where it is a whole number: `new Double(3)` is 3.0, while 3 is an int. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * A value of an attribute or a log body. A whole number and a bigint are an int64, any other number a double; an array
 * is a list, a Map a list of keys and values; null is the empty value. A view stands for the value that it is at, which
 * is copied as it is encoded.
 */
export type AttributeValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Double
  | Uint8Array
  | ValueView
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
const boolTag = tagOf('AnyValue', 'bool_value');
const intTag = tagOf('AnyValue', 'int_value');
const doubleTag = tagOf('AnyValue', 'double_value');
const listTag = tagOf('AnyValue', 'array_value');
const mapTag = tagOf('AnyValue', 'kvlist_value');
const bytesTag = tagOf('AnyValue', 'bytes_value');
const elementTag = tagOf('ArrayValue', 'values');
const entryTag = tagOf('KeyValueList', 'values');

/** A value whose type is known whatever the number: a number is a double, and only a bigint an int64. */
export type ExactValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | RawText
  | readonly ExactValue[]
  | ReadonlyMap<string, ExactValue>;

/** A map of exact values that is read by place, without an object for each entry. */
export interface IndexedMap extends ReadonlyMap<string, ExactValue> {
  keyAt(at: number): string;
  valueAt(at: number): ExactValue;
  /** Whether the value is the text `bytes[startAt(at), endAt(at))`, which is UTF-8. */
  isTextAt(at: number): boolean;
  readonly bytes: Buffer;
  startAt(at: number): number;
  endAt(at: number): number;
}

/** Writes a KeyValue as a field with `tag`. */
export function writeAttribute(writer: MessageWriter, tag: number, key: string, value: AttributeValue): void {
  writeKeyValue(writer, tag, key, value, false);
}

/** The same for a value whose type is exact. */
export function writeExactAttribute(writer: MessageWriter, tag: number, key: string, value: ExactValue): void {
  writeKeyValue(writer, tag, key, value, true);
}

function writeKeyValue(writer: MessageWriter, tag: number, key: string, value: Value, exact: boolean): void {
  writer.tag(tag);
  writer.open();
  if (key !== '') writer.text(keyTag, key);
  writer.tag(valueTag);
  writer.open();
  write(writer, value, exact);
  writer.close();
  writer.close();
}

/** A list or map that is being written, and what is still to come of it. */
type Level =
  | { readonly kind: 'list'; readonly rest: Iterator<Value> }
  | { readonly kind: 'map'; readonly rest: Iterator<readonly [string, Value]> };

type Value = AttributeValue | ExactValue;

/** Writes the body of an AnyValue, which is open. */
export function writeValue(writer: MessageWriter, value: AttributeValue): void {
  write(writer, value, false);
}

/** The same for a value whose type is exact. */
export function writeExactValue(writer: MessageWriter, value: ExactValue): void {
  write(writer, value, true);
}

/** Without recursion: a value may nest as deep as memory goes. */
function write(writer: MessageWriter, value: Value, exact: boolean): void {
  const first = enter(writer, value, exact);
  if (first === undefined) return;
  const levels: Level[] = [first];
  for (let level: Level | undefined = first; level !== undefined; level = levels.at(-1)) {
    const element = level.kind === 'map' ? nextEntry(writer, level.rest) : nextElement(writer, level.rest);
    if (element === undefined) {
      levels.pop();
      writer.close();
      const above = levels.at(-1);
      if (above) leave(writer, above);
      continue;
    }
    writer.open();
    const inner = enter(writer, element, exact);
    if (inner) levels.push(inner);
    else leave(writer, level);
  }
}

function nextElement(writer: MessageWriter, rest: Iterator<Value>): Value | undefined {
  const next = rest.next();
  if (next.done === true) return undefined;
  writer.tag(elementTag);
  return next.value;
}

function nextEntry(writer: MessageWriter, rest: Iterator<readonly [string, Value]>): Value | undefined {
  const next = rest.next();
  if (next.done === true) return undefined;
  const [key, value] = next.value;
  writer.tag(entryTag);
  writer.open();
  if (key !== '') writer.text(keyTag, key);
  writer.tag(valueTag);
  return value;
}

/** Closes a value, and in a map the entry around it. */
function leave(writer: MessageWriter, { kind }: Level): void {
  writer.close();
  if (kind === 'map') writer.close();
}

/** Writes a plain value whole, and of a list or map the beginning. */
function enter(writer: MessageWriter, value: Value, exact: boolean): Level | undefined {
  switch (typeof value) {
    case 'string':
      writer.text(textTag, value);
      return undefined;
    case 'boolean':
      writer.tag(boolTag);
      writer.byte(value ? 1 : 0);
      return undefined;
    case 'bigint':
      writer.tag(intTag);
      writeInt64(writer, value);
      return undefined;
    case 'number':
      if (!exact && Number.isSafeInteger(value)) {
        writer.tag(intTag);
        writeInt64(writer, value);
      } else writeDouble(writer, value);
      return undefined;
    default:
  }
  if (value === null) return undefined;
  if (value instanceof Double) writeDouble(writer, value.value);
  else if (value instanceof ValueView) writeMessage(writer, value);
  else if (value instanceof RawText) writer.text(textTag, value.toString());
  else if (value instanceof Uint8Array) {
    writer.tag(bytesTag);
    writer.delimited(value);
  } else {
    writer.tag(isList(value) ? listTag : mapTag);
    writer.open();
    return isList(value) ? { kind: 'list', rest: value.values() } : { kind: 'map', rest: value.entries() };
  }
  return undefined;
}

/** Array.isArray does not see a read-only array as one. */
function isList(value: readonly Value[] | ReadonlyMap<string, Value>): value is readonly Value[] {
  return Array.isArray(value);
}

function writeDouble(writer: MessageWriter, value: number): void {
  writer.tag(doubleTag);
  writer.double(value);
}
