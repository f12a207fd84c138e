import { tagOf } from '../fields.js';
import { varintSize } from '../wire/varint.js';
import type { ExactValue } from './any-value.js';
import type { MessageWriter } from './message-writer.js';
import { writeInt64 } from './numbers.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
const boolTag = tagOf('AnyValue', 'bool_value');
const intTag = tagOf('AnyValue', 'int_value');
const doubleTag = tagOf('AnyValue', 'double_value');

/** UTF-16 units of texts whose size a loop finds faster than the call into the runtime. */
const mostLooped = 64;

/**
 * Writes a KeyValue as a field with `tag` when its value is a text, a number, true, false or null: their sizes are
 * known ahead. False for any other value, of which nothing is written.
 */
export function writePlainAttribute(writer: MessageWriter, tag: number, key: string, value: ExactValue): boolean {
  switch (typeof value) {
    case 'string': {
      const size = utf8Size(value);
      writer.entryHead(tag, keyTag, key, valueTag, 1 + varintSize(size) + size);
      writer.sizedText(textTag, value, size);
      return true;
    }
    case 'number':
      writer.entryHead(tag, keyTag, key, valueTag, 9);
      writer.tag(doubleTag);
      writer.double(value);
      return true;
    case 'boolean':
      writer.entryHead(tag, keyTag, key, valueTag, 2);
      writer.tag(boolTag);
      writer.byte(value ? 1 : 0);
      return true;
    case 'bigint':
      writer.entryHead(tag, keyTag, key, valueTag, 1 + intSize(value));
      writer.tag(intTag);
      writeInt64(writer, value);
      return true;
    default:
  }
  if (value !== null) return false;
  writer.entryHead(tag, keyTag, key, valueTag, 0);
  return true;
}

/** Writes a KeyValue as a field with `tag`; its value is the text `bytes[from, to)`, which is UTF-8. */
export function writeLineAttribute(
  writer: MessageWriter,
  tag: number,
  key: string,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  const size = to - from;
  writer.entryHead(tag, keyTag, key, valueTag, 1 + varintSize(size) + size);
  writer.tag(textTag);
  writer.delimitedRun(bytes, from, to);
}

function utf8Size(text: string): number {
  const { length } = text;
  if (length > mostLooped) return Buffer.byteLength(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text);
  return length;
}

/** Bytes of a varint of 64 bits in two's complement. */
function intSize(value: bigint): number {
  if (value < 0n) return 10;
  let size = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
  return size;
}
