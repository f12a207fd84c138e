// Objects of JSON whose members are texts, numbers, true, false and null.
import { names } from './layout';
import { isSame } from './put';
import {
  BOOL,
  DOUBLE,
  ESCAPED,
  INT,
  NULL,
  PLAIN,
  addPlain,
  addText,
  count,
  isFull,
  nameLengthOf,
  nameOf,
} from './row';
import { codePoint, readUnicode, unescaped, utf8Size } from './escape';

const QUOTE: u32 = 0x22;
const LETTER_U: u32 = 0x75;
/** Digits of a number that a double has exactly. */
const EXACT_DIGITS: usize = 15;

let ints: bool = false;
/** Names that no member may have, of which there is a list in memory. */
let taken: u32 = 0;
/** A bit for each name that may be there, by its letters. */
let takenMarks: u64 = 0;
let marks: u64 = 0;

/** Where reading goes on. */
let at: usize = 0;
let end: usize = 0;

export function setJson(whole: bool, takenNames: u32): void {
  ints = whole;
  taken = takenNames;
  takenMarks = 0;
  let name = names;
  for (let i: u32 = 0; i < taken; i++) {
    const length = <usize>load<u32>(name);
    takenMarks |= markOf(name + 4, length);
    name += 4 + length;
  }
}

// @ts-ignore: decorator
@inline
function markOf(name: usize, length: usize): u64 {
  const hash = <u32>length * 7 + <u32>load<u8>(name) * 3 + <u32>load<u8>(name + length - 1) * 11;
  return (<u64>1) << (hash & 63);
}

/** The next byte that is no space; 0 at the end. */
// @ts-ignore: decorator
@inline
function peek(): u32 {
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte > 0x20 || (byte != 0x20 && byte != 0x09 && byte != 0x0a && byte != 0x0d)) return byte;
  }
  return 0;
}

let textStart: usize = 0;
let textEnd: usize = 0;
/** Bytes that its escapes take more than what they stand for. */
let saved: usize = 0;

/** Reads a text at its first quote; false for one that has no end, NUL, or escapes that stand for no character. */
function readText(): bool {
  const quotes = i8x16.splat(0x22);
  const backslashes = i8x16.splat(0x5c);
  const nuls = i8x16.splat(0);
  textStart = ++at;
  saved = 0;
  while (at < end) {
    const bytes = v128.load(at);
    const special = v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), i8x16.eq(bytes, nuls));
    const found = i8x16.bitmask(special);
    if (found == 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    if (at >= end) return false;
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) {
      textEnd = at++;
      return true;
    }
    if (byte == 0 || at + 1 >= end) return false;
    const letter = <u32>load<u8>(at + 1);
    if (letter == LETTER_U) {
      const size = readUnicode(at, end);
      if (size == 0) return false;
      saved += size - utf8Size(codePoint);
      at += size;
    } else {
      if (unescaped(letter) == 0) return false;
      saved++;
      at += 2;
    }
  }
  return false;
}

/** Whether a member of this name, or an attribute, is there already. */
function isTaken(name: usize, length: usize): bool {
  const mark = markOf(name, length);
  const known = (marks & mark) != 0;
  marks |= mark;
  if (known) {
    for (let i: usize = 0; i < count; i++)
      if (nameLengthOf(i) == length && isSame(nameOf(i), name, length)) return true;
  }
  if ((takenMarks & mark) == 0) return false;
  let other = names;
  for (let i: u32 = 0; i < taken; i++) {
    const otherLength = <usize>load<u32>(other);
    if (otherLength == length && isSame(other + 4, name, length)) return true;
    other += 4 + otherLength;
  }
  return false;
}

/** The members of `[from, to)` become rows; false for any form but the usual. */
export function readObject(from: usize, to: usize): bool {
  at = from;
  end = to;
  marks = 0;
  if (peek() != 0x7b) return false;
  at++;
  if (peek() == 0x7d) {
    at++;
    return peek() == 0 && at == end;
  }
  while (!isFull()) {
    if (peek() != QUOTE || !readText() || saved > 0) return false;
    const name = textStart;
    const length = textEnd - textStart;
    if (length == 0 || isTaken(name, length) || peek() != 0x3a) return false;
    at++;
    if (!readValue(name, length)) return false;
    const next = peek();
    at++;
    if (next == 0x7d) return peek() == 0 && at == end;
    if (next != 0x2c) return false;
  }
  return false;
}

function readValue(name: usize, length: usize): bool {
  const first = peek();
  if (first == QUOTE) {
    if (!readText()) return false;
    const written = textEnd - textStart;
    addText(name, length, saved > 0 ? ESCAPED : PLAIN, textStart, written, written - saved);
    return true;
  }
  if (first == 0x2d || (first >= 48 && first <= 57)) return readNumber(name, length);
  if (at + 4 > end) return false;
  const word = load<u32>(at);
  if (word == 0x65757274) {
    at += 4;
    addPlain(name, length, BOOL, 1);
  } else if (word == 0x6c6c756e) {
    at += 4;
    addPlain(name, length, NULL, 0);
  } else if (word == 0x736c6166 && at + 5 <= end && load<u8>(at + 4) == 0x65) {
    at += 5;
    addPlain(name, length, BOOL, 0);
  } else return false;
  return true;
}

/** A number without an exponent, of as many digits as a double has exactly. */
function readNumber(name: usize, length: usize): bool {
  const isNegative = load<u8>(at) == 0x2d;
  if (isNegative) at++;
  const first = at;
  let value: u64 = 0;
  let point: usize = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit <= 9) {
      if (at - first > EXACT_DIGITS) return false;
      value = value * 10 + digit;
    } else if (digit == 0xfffffffe && point == 0) point = at;
    else break;
  }
  const digits = at - first - <usize>(point != 0);
  if (digits < 1 || digits > EXACT_DIGITS || point == first || (point != 0 && point == at - 1)) return false;
  if (load<u8>(first) == 48 && at > first + 1 && point != first + 1) return false;
  if (point == 0 && ints) {
    addPlain(name, length, INT, isNegative ? -value : value);
    return true;
  }
  let number = <f64>value;
  if (point != 0) {
    let scale: f64 = 1;
    for (let i = point + 1; i < at; i++) scale *= 10;
    number /= scale;
  }
  addPlain(name, length, DOUBLE, reinterpret<u64>(isNegative ? -number : number));
  return true;
}
