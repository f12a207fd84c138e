import { byteAt } from '../wire/at.js';
import { dataViewOf } from '../wire/viewed-bytes.js';

/** The name of an attribute, its bytes ready to be compared. Made once, with `key`. */
export class Key {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** The same bytes, to be copied and compared by words. */
  readonly words: DataView;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.from(text);
    this.words = dataViewOf(this.bytes);
  }

  /** Whether `bytes[start, end)` are this key. Keys share their beginnings, so that the ends are compared first. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.bytes;
    if (end - start !== own.length) return false;
    for (let i = own.length - 1; i >= 0; i--) if (byteAt(bytes, start + i) !== byteAt(own, i)) return false;
    return true;
  }

  /** The same for bytes under a view, which are compared four at a time. */
  equalsIn(view: DataView, start: number, end: number): boolean {
    const own = this.words;
    const length = own.byteLength;
    if (end - start !== length) return false;
    let i = length;
    for (; i >= 4; i -= 4) if (view.getInt32(start + i - 4) !== own.getInt32(i - 4)) return false;
    while (i > 0) if (view.getUint8(start + --i) !== own.getUint8(i)) return false;
    return true;
  }
}

/** Prepares the name of an attribute: `const route = key('http.route')`, once, where the component is made. */
export function key(text: string): Key {
  return new Key(text);
}
