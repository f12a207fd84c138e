import type { MessageWriter } from '../build/message-writer.js';
import { writeFixed64, writeInt64, writeZigzag } from '../build/numbers.js';
import type { Field } from '../fields.js';
import { Word64 } from '../view/word64.js';

/** A number of up to 64 bits; a Word64 is one that a view found. */
export type NumberValue = number | bigint | Word64;

/** Writes a number as the type of a field has it, without a tag; bits above the type's size do not count. */
export function writeNumber(writer: MessageWriter, type: Field['type'], value: NumberValue): void {
  switch (type) {
    case 'bool':
      writer.byte(isZero(value) ? 0 : 1);
      return;
    case 'uint32':
      writer.varint(to32(value) >>> 0);
      return;
    case 'sint32':
      writeZigzag(writer, to32(value) | 0);
      return;
    case 'fixed32':
      writer.fixed32(to32(value));
      return;
    case 'double':
      writer.double(value instanceof Word64 ? value.toSigned() : Number(value));
      return;
    case 'fixed64':
    case 'sfixed64':
      if (value instanceof Word64) writer.fixed64(value.low, value.high);
      else writeFixed64(writer, value);
      return;
    default:
      if (value instanceof Word64) writer.varint64(value.low, value.high);
      else writeInt64(writer, type === 'enum' || type === 'int32' ? to32(value) | 0 : value);
  }
}

/** Whether a number is the default of its field. Minus zero is not: it is another double. */
export function isZero(value: NumberValue): boolean {
  return value instanceof Word64 ? value.isZero : Object.is(value, 0) || value === 0n;
}

/** The lower 32 bits. */
function to32(value: NumberValue): number {
  if (value instanceof Word64) return value.low;
  return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value | 0;
}
