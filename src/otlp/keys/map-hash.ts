import { at32, byteAt } from '../wire/at.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { xxHash64, type Half64 } from './hash64.js';

/** Up to here the lists are sorted in place. */
const insertionRows = 32;

/** The attributes of a resource, scope or data point as offsets `[key, key end, value, value end]`, gathered over several messages. */
export class AttributeList {
  #rows: Int32Array = new Int32Array(256);
  #used = 0;

  clear(): void {
    this.#used = 0;
  }

  get length(): number {
    return this.#used;
  }

  /** Adds the KeyValues that stand in `field` of the message `bytes[from, to)`. */
  gather(bytes: Uint8Array, from: number, to: number, field: number): void {
    const wanted = field * 8 + 2;
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      if (tag === wanted) this.#add(bytes, varintEnd(bytes, at), end);
      at = end;
    }
  }

  /** Drops the rows from `length` on. */
  cut(length: number): void {
    this.#used = length;
  }

  at(row: number, column: number): number {
    return at32(this.#rows, row * 4 + column);
  }

  /** Sorts the rows from `first` on by the bytes of their keys, equal keys in order of appearance. */
  sort(bytes: Uint8Array, first: number): void {
    const rows = this.#rows;
    if (this.#used - first > insertionRows) {
      this.#sortMany(bytes, first);
      return;
    }
    for (let i = first + 1; i < this.#used; i++) {
      for (let j = i; j > first && compare(bytes, rows, j - 1, j) > 0; j--) {
        for (let column = 0; column < 4; column++) {
          const held = at32(rows, j * 4 + column);
          rows[j * 4 + column] = at32(rows, j * 4 - 4 + column);
          rows[j * 4 - 4 + column] = held;
        }
      }
    }
  }

  /** With objects, but not in quadratic time: one long list must not keep the gateway busy. */
  #sortMany(bytes: Uint8Array, first: number): void {
    const before = this.#rows.slice(first * 4, this.#used * 4);
    const order = Array.from({ length: this.#used - first }, (_, i) => i).sort((a, b) => compare(bytes, before, a, b) || a - b);
    order.forEach((from, to) => this.#rows.set(before.subarray(from * 4, from * 4 + 4), (first + to) * 4));
  }

  sameKey(bytes: Uint8Array, a: number, b: number): boolean {
    return compare(bytes, this.#rows, a, b) === 0;
  }

  #add(bytes: Uint8Array, from: number, to: number): void {
    const row = this.#used * 4;
    if (row + 4 > this.#rows.length) {
      const more = new Int32Array(this.#rows.length * 2);
      more.set(this.#rows);
      this.#rows = more;
    }
    this.#rows.fill(to, row, row + 4);
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      const column = tag === 10 ? 0 : tag === 18 ? 2 : -1;
      if (column >= 0) {
        this.#rows[row + column] = varintEnd(bytes, at);
        this.#rows[row + column + 1] = end;
      }
      at = end;
    }
    this.#used++;
  }
}

function compare(bytes: Uint8Array, rows: Int32Array, a: number, b: number): number {
  let x = at32(rows, a * 4);
  let y = at32(rows, b * 4);
  const xEnd = at32(rows, a * 4 + 1);
  const yEnd = at32(rows, b * 4 + 1);
  for (; x < xEnd && y < yEnd; x++, y++) {
    const difference = byteAt(bytes, x) - byteAt(bytes, y);
    if (difference !== 0) return difference;
  }
  return xEnd - x - (yEnd - y);
}

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

let buffer: Uint8Array = new Uint8Array(4096);
let used = 0;
const first: Half64 = { low: 0, high: 0 };
const second: Half64 = { low: 0, high: 0 };

/** The 16 bytes of the Collector's MapHash of the attributes in `list`, into `out`. The list comes back sorted. */
export function mapHash(bytes: Uint8Array, list: AttributeList, out: Uint8Array): void {
  if (list.length === 0) {
    out.fill(0);
    return;
  }
  used = 0;
  writeEntries(bytes, list, 0, 0);
  reserve(1);
  buffer[used] = finalMark;
  xxHash64(buffer, 0, used, first);
  xxHash64(buffer, 0, used + 1, second);
  putWord(out, 0, first.low);
  putWord(out, 4, first.high);
  putWord(out, 8, second.low);
  putWord(out, 12, second.high);
}

/** The rows from `from` on, sorted; each repetition of a key carries the value of the first. */
function writeEntries(bytes: Uint8Array, list: AttributeList, from: number, depth: number): void {
  list.sort(bytes, from);
  const to = list.length;
  let lead = from;
  for (let row = from; row < to; row++) {
    if (!list.sameKey(bytes, lead, row)) lead = row;
    put(keyMark);
    copy(bytes, list.at(row, 0), list.at(row, 1));
    writeValue(bytes, list.at(lead, 2), list.at(lead, 3), list, depth);
  }
}

function writeValue(bytes: Uint8Array, from: number, to: number, list: AttributeList, depth: number): void {
  let tag = 0;
  let value = 0;
  let valueEnd = 0;
  for (let at = from; at < to;) {
    const found = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, found % 8);
    if (found === 10 || found === 16 || found === 24 || found === 33 || found === 42 || found === 50 || found === 58) {
      tag = found;
      value = found % 8 === 2 ? varintEnd(bytes, at) : at;
      valueEnd = end;
    }
    at = end;
  }
  if (tag === 10) putRun(mark.text, bytes, value, valueEnd);
  else if (tag === 58) putRun(mark.bytes, bytes, value, valueEnd);
  else if (tag === 16) put(isZero(bytes, value) ? mark.no : mark.yes);
  else if (tag === 24) putInt(bytes, value);
  else if (tag === 33) putRun(mark.double, bytes, value, value + 8);
  else if (tag === 42 && depth < deepest) writeList(bytes, value, valueEnd, list, depth);
  else if (tag === 50 && depth < deepest) {
    put(mark.map);
    const before = list.length;
    list.gather(bytes, value, valueEnd, 1);
    writeEntries(bytes, list, before, depth + 1);
    list.cut(before);
    put(mark.mapEnd);
  } else put(mark.empty);
}

function writeList(bytes: Uint8Array, from: number, to: number, list: AttributeList, depth: number): void {
  put(mark.list);
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === 10) writeValue(bytes, varintEnd(bytes, at), end, list, depth + 1);
    at = end;
  }
  put(mark.listEnd);
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (;;) {
    const byte = byteAt(bytes, at++);
    if ((byte & 127) !== 0) return false;
    if (byte < 128) return true;
  }
}

/** A varint as eight bytes, lowest first. */
function putInt(bytes: Uint8Array, from: number): void {
  put(mark.int);
  reserve(8);
  buffer.fill(0, used, used + 8);
  for (let bit = 0, at = from; ; bit += 7) {
    const byte = byteAt(bytes, at++);
    const place = used + (bit >> 3);
    const shifted = (byte & 127) << (bit & 7);
    buffer[place] = byteAt(buffer, place) | (shifted & 255);
    if (shifted > 255 && place + 1 < used + 8) buffer[place + 1] = shifted >> 8;
    if (byte < 128) break;
  }
  used += 8;
}

function putRun(kind: number, bytes: Uint8Array, from: number, to: number): void {
  put(kind);
  copy(bytes, from, to);
}

function put(byte: number): void {
  reserve(1);
  buffer[used++] = byte;
}

function copy(bytes: Uint8Array, from: number, to: number): void {
  reserve(to - from);
  for (let at = from; at < to; at++) buffer[used++] = byteAt(bytes, at);
}

/** Room for `more` bytes. It never shrinks: at most twice the largest accepted request. */
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
