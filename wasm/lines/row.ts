// Attributes of the line, one row each: u32 address and length of the name, u32 kind, u32 address of the text, its
// length as it is written there and as it is encoded, u32 size of the value, and 64 bits of a number.
import { codePoint, putUtf8, readUnicode, unescaped } from './escape';
import { MOST_ROWS, rows } from './layout';
import { copy, putVarint, varintSize } from './put';

const ROW: usize = 48;
const NAME: usize = 0;
const NAME_LENGTH: usize = 4;
const KIND: usize = 8;
const TEXT: usize = 12;
const WRITTEN: usize = 16;
const LENGTH: usize = 20;
const SIZE: usize = 24;
const NUMBER: usize = 32;

/** Kinds of values. A text with escapes is written without them. */
export const NULL: u32 = 0;
export const BOOL: u32 = 1;
export const DOUBLE: u32 = 2;
export const INT: u32 = 3;
export const PLAIN: u32 = 4;
export const ESCAPED: u32 = 5;

export let count: usize = 0;
/** Bytes that all rows will take. */
export let total: usize = 0;

export function clearRows(): void {
  count = 0;
  total = 0;
}

// @ts-ignore: decorator
@inline
function rowAt(number: usize): usize {
  return rows + number * ROW;
}

export function nameOf(number: usize): usize {
  return load<u32>(rowAt(number), NAME);
}

export function nameLengthOf(number: usize): usize {
  return load<u32>(rowAt(number), NAME_LENGTH);
}

/** Whether the value is a text without escapes. */
export function isPlain(number: usize): bool {
  return load<u32>(rowAt(number), KIND) == PLAIN;
}

export function textOf(number: usize): usize {
  return load<u32>(rowAt(number), TEXT);
}

export function lengthOf(number: usize): usize {
  return load<u32>(rowAt(number), LENGTH);
}

function add(name: usize, nameLength: usize, kind: u32, size: usize): usize {
  const row = rowAt(count++);
  store<u32>(row, <u32>name, NAME);
  store<u32>(row, <u32>nameLength, NAME_LENGTH);
  store<u32>(row, kind, KIND);
  store<u32>(row, <u32>size, SIZE);
  const inner: usize = 2 + varintSize(nameLength) + nameLength + varintSize(size) + size;
  total += 1 + varintSize(inner) + inner;
  return row;
}

export function isFull(): bool {
  return count >= MOST_ROWS;
}

export function addText(name: usize, nameLength: usize, kind: u32, text: usize, written: usize, length: usize): void {
  const row = add(name, nameLength, kind, 1 + varintSize(length) + length);
  store<u32>(row, <u32>text, TEXT);
  store<u32>(row, <u32>written, WRITTEN);
  store<u32>(row, <u32>length, LENGTH);
}

/** A value that is no text; `number` are the bits of it. */
export function addPlain(name: usize, nameLength: usize, kind: u32, number: u64): void {
  let size: usize = 0;
  if (kind == BOOL) size = 2;
  else if (kind == DOUBLE) size = 9;
  else if (kind == INT) size = 1 + wideSize(number);
  store<u64>(add(name, nameLength, kind, size), number, NUMBER);
}

function wideSize(value: u64): usize {
  let size: usize = 1;
  for (; value > 127; value >>= 7) size++;
  return size;
}

function putWide(to: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(to++, <u8>(value | 128));
    value >>= 7;
  }
  store<u8>(to++, <u8>value);
  return to;
}

/** Writes all rows as attributes; returns their end. */
export function putRows(to: usize): usize {
  for (let i: usize = 0; i < count; i++) {
    const row = rowAt(i);
    const nameLength = <usize>load<u32>(row, NAME_LENGTH);
    const size = <usize>load<u32>(row, SIZE);
    store<u8>(to, 0x32);
    to = putVarint(to + 1, 2 + varintSize(nameLength) + nameLength + varintSize(size) + size);
    store<u8>(to, 0x0a);
    to = putVarint(to + 1, nameLength);
    to = copy(to, load<u32>(row, NAME), nameLength);
    store<u8>(to, 0x12);
    to = putVarint(to + 1, size);
    to = putValue(to, row);
  }
  return to;
}

function putValue(to: usize, row: usize): usize {
  const kind = load<u32>(row, KIND);
  const number = load<u64>(row, NUMBER);
  if (kind >= PLAIN) {
    const length = <usize>load<u32>(row, LENGTH);
    store<u8>(to, 0x0a);
    to = putVarint(to + 1, length);
    const text = <usize>load<u32>(row, TEXT);
    return kind == PLAIN ? copy(to, text, length) : putUnescaped(to, text, load<u32>(row, WRITTEN));
  }
  if (kind == BOOL) {
    store<u8>(to, 0x10);
    store<u8>(to + 1, <u8>number);
    return to + 2;
  }
  if (kind == DOUBLE) {
    store<u8>(to, 0x21);
    store<u64>(to + 1, number);
    return to + 9;
  }
  if (kind == INT) {
    store<u8>(to, 0x18);
    return putWide(to + 1, number);
  }
  return to;
}

function putUnescaped(to: usize, from: usize, length: usize): usize {
  const end = from + length;
  while (from < end) {
    const byte = <u32>load<u8>(from++);
    if (byte != 0x5c) {
      store<u8>(to++, <u8>byte);
      continue;
    }
    const letter = <u32>load<u8>(from);
    if (letter == 0x75) {
      from += readUnicode(from - 1, end) - 1;
      to = putUtf8(to, codePoint);
    } else {
      store<u8>(to++, <u8>unescaped(letter));
      from++;
    }
  }
  return to;
}
