import type { AttributedView } from '../view/attributes.js';
import type { Backing } from '../view/backing.js';
import type { Key } from '../view/key.js';
import type { Range } from '../view/range.js';
import { KeyValueView, type ValueView } from '../view/value.js';
import type { Word64 } from '../view/word64.js';
import { byteAt } from '../wire/at.js';
import { AttributeList } from './attribute-list.js';
import { xxHash64, type Half64 } from './hash64.js';

/** The mark before each kind of value in the hashed bytes (docs/spec/gateway.md#identities). */
const mark = {
  empty: 0xf5,
  bytes: 0xf6,
  text: 0xf7,
  yes: 0xf8,
  no: 0xf9,
  int: 0xfa,
  double: 0xfb,
  map: 0xfc,
  mapEnd: 0xfd,
  list: 0xfe,
  listEnd: 0xff,
};
const keyMark = 0xf4;
const finalMark = 0xf3;

/** Values nested deeper than this count as empty: the Collector would go on until its stack ends. */
const deepest = 64;
/**
 * Repeated keys may add this many times the bytes of the attributes to the hashed bytes; behind that their values count
 * as empty. Each repetition carries the first value again, so that a map in a map in a map doubles at every level: the
 * Collector would take years for 1.5 kB.
 */
const mostRepeated = 8;
/** A buffer that grew beyond this for one message is not kept, bytes. */
const mostKept = 1024 * 1024;

const list = new AttributeList();
/** By depth: moved over the sorted pairs of the map at that depth. */
const pairs: KeyValueView[] = [];
let buffer: Uint8Array = new Uint8Array(4096);
let used = 0;
/** Bytes that repeated keys may still add. */
let repeatable = 0;
const first: Half64 = { low: 0, high: 0 };
const second: Half64 = { low: 0, high: 0 };

/**
 * The 16 bytes of the Collector's MapHash of the attributes that a resource, scope or data point has, into `out`.
 * `only`: of those with these keys.
 */
export function mapHash(view: AttributedView, out: Uint8Array, only?: readonly Key[]): void {
  list.cut(0);
  if (only === undefined) list.gather(view.attributes());
  else gatherOnly(only, view.attributes());
  if (list.length === 0) {
    out.fill(0);
    return;
  }
  used = 0;
  repeatable = 0;
  for (let row = 0; row < list.length; row++) repeatable += mostRepeated * (list.pairTo(row) - list.pairFrom(row));
  writeEntries(view.backing, 0, 0);
  finish(out, 0);
}

/** The same of one value, into `out` from `at` on: the order of the entries of a map does not matter. */
export function valueHash(value: ValueView, out: Uint8Array, at: number): void {
  list.cut(0);
  used = 0;
  repeatable = mostRepeated * (value.end - value.start);
  writeValue(value, 0);
  finish(out, at);
}

/** Writes the hash of the buffer. */
function finish(out: Uint8Array, at: number): void {
  reserve(1);
  buffer[used] = finalMark;
  xxHash64(buffer, 0, used, first);
  xxHash64(buffer, 0, used + 1, second);
  putWord(out, at, first.low);
  putWord(out, at + 4, first.high);
  putWord(out, at + 8, second.low);
  putWord(out, at + 12, second.high);
  if (buffer.length > mostKept) buffer = new Uint8Array(4096);
}

function gatherOnly(keys: readonly Key[], attributes: KeyValueView): void {
  while (attributes.next()) {
    const { bytes, start, end } = attributes.key;
    if (keys.some((key) => key.equals(bytes, start, end))) list.add(attributes);
  }
}

/** The rows of the list from `from` on, sorted; each repetition of a key carries the value of the first. */
function writeEntries(backing: Backing, from: number, depth: number): void {
  const { bytes } = backing;
  const pair = (pairs[depth] ??= new KeyValueView());
  list.sort(bytes, from);
  const to = list.length;
  let lead = from;
  let valueFrom = 0;
  let valueTo = 0;
  for (let row = from; row < to; row++) {
    put(keyMark);
    copy(bytes, list.keyStart(row), list.keyEnd(row));
    if (row > lead && list.sameKey(bytes, lead, row)) repeat(valueFrom, valueTo);
    else {
      lead = row;
      valueFrom = used;
      writeValue(pair.move(backing, list.pairFrom(row), list.pairTo(row)).value, depth);
      valueTo = used;
    }
  }
}

/** Writes a value that stands in the buffer already once more. */
function repeat(from: number, to: number): void {
  const size = to - from;
  repeatable -= size;
  if (repeatable < 0) return put(mark.empty);
  reserve(size);
  buffer.copyWithin(used, from, to);
  used += size;
}

function writeValue(value: ValueView, depth: number): void {
  switch (value.type) {
    case 'string':
      return putRange(mark.text, value.string);
    case 'bytes':
      return putRange(mark.bytes, value.bytesValue);
    case 'bool':
      return put(value.bool ? mark.yes : mark.no);
    case 'int':
      return putWord64(mark.int, value.int);
    case 'double':
      return putWord64(mark.double, value.doubleBits);
    case 'array':
      return depth < deepest ? writeList(value, depth) : put(mark.empty);
    case 'map':
      return depth < deepest ? writeMap(value, depth) : put(mark.empty);
    default:
      put(mark.empty);
  }
}

function writeList(value: ValueView, depth: number): void {
  put(mark.list);
  for (const element = value.elements(); element.next();) writeValue(element, depth + 1);
  put(mark.listEnd);
}

function writeMap(value: ValueView, depth: number): void {
  put(mark.map);
  const before = list.length;
  list.gather(value.entries());
  writeEntries(value.backing, before, depth + 1);
  list.cut(before);
  put(mark.mapEnd);
}

function putWord64(kind: number, { low, high }: Word64): void {
  put(kind);
  reserve(8);
  putWord(buffer, used, low);
  putWord(buffer, used + 4, high);
  used += 8;
}

function putRange(kind: number, range: Range): void {
  put(kind);
  copy(range.bytes, range.start, range.end);
}

function put(byte: number): void {
  reserve(1);
  buffer[used++] = byte;
}

function copy(bytes: Uint8Array, from: number, to: number): void {
  reserve(to - from);
  for (let at = from; at < to; at++) buffer[used++] = byteAt(bytes, at);
}

/** Room for `more` bytes. */
function reserve(more: number): void {
  if (used + more <= buffer.length) return;
  const next = new Uint8Array(Math.max(used + more, buffer.length * 2));
  next.set(buffer);
  buffer = next;
}

function putWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word;
  out[at + 1] = word >>> 8;
  out[at + 2] = word >>> 16;
  out[at + 3] = word >>> 24;
}
