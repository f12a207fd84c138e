import type { KeyValueView } from '../view/value.js';
import { at32, byteAt } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';

/** Up to here lists are sorted in place. */
const insertionRows = 32;
/** Numbers of a row: bounds of the key, and of the whole key-value pair. */
const width = 4;

/** Attributes as offsets into the bytes of their batch, to be sorted by key. One list is filled again and again. */
export class AttributeList {
  #rows: Int32Array = new Int32Array(256);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** Adds all that follow in `attributes`. */
  gather(attributes: KeyValueView): void {
    while (attributes.next()) this.add(attributes);
  }

  /** Adds the attribute that a view is at. */
  add({ key, fields }: KeyValueView): void {
    this.#add(key.start, key.end, fields.pieceFrom(0), fields.pieceTo(0));
  }

  /** Drops the rows from `length` on. */
  cut(length: number): void {
    this.#used = length;
  }

  keyStart(row: number): number {
    return at32(this.#rows, row * width);
  }

  keyEnd(row: number): number {
    return at32(this.#rows, row * width + 1);
  }

  /** Bounds of the body of the KeyValue. */
  pairFrom(row: number): number {
    return at32(this.#rows, row * width + 2);
  }

  pairTo(row: number): number {
    return at32(this.#rows, row * width + 3);
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
        for (let column = 0; column < width; column++) {
          const own = at32(rows, j * width + column);
          rows[j * width + column] = at32(rows, j * width - width + column);
          rows[j * width - width + column] = own;
        }
      }
    }
  }

  /** With objects, but not in quadratic time: one long list must not keep the gateway busy. */
  #sortMany(bytes: Uint8Array, first: number): void {
    const before = this.#rows.slice(first * width, this.#used * width);
    const order = Array.from({ length: this.#used - first }, (_, i) => i).sort(
      (a, b) => compare(bytes, before, a, b) || a - b,
    );
    order.forEach((from, to) =>
      this.#rows.set(before.subarray(from * width, from * width + width), (first + to) * width),
    );
  }

  sameKey(bytes: Uint8Array, a: number, b: number): boolean {
    return compare(bytes, this.#rows, a, b) === 0;
  }

  #add(keyStart: number, keyEnd: number, from: number, to: number): void {
    const row = this.#used * width;
    this.#rows = withRoom(this.#rows, row + width);
    this.#rows[row] = keyStart;
    this.#rows[row + 1] = keyEnd;
    this.#rows[row + 2] = from;
    this.#rows[row + 3] = to;
    this.#used++;
  }
}

function compare(bytes: Uint8Array, rows: Int32Array, a: number, b: number): number {
  let x = at32(rows, a * width);
  let y = at32(rows, b * width);
  const xEnd = at32(rows, a * width + 1);
  const yEnd = at32(rows, b * width + 1);
  for (; x < xEnd && y < yEnd; x++, y++) {
    const difference = byteAt(bytes, x) - byteAt(bytes, y);
    if (difference !== 0) return difference;
  }
  return xEnd - x - (yEnd - y);
}
