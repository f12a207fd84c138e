import { key, type Key } from '../../../otlp/view/key.js';
import { byteAt } from '../../../otlp/wire/at.js';

/** Some texts, in which bytes are looked up without making a string. */
export class TextSet {
  /** By length in bytes, each list sorted by bytes. */
  readonly #byLength: readonly (readonly Key[] | undefined)[];

  constructor(texts: Iterable<string>) {
    const byLength: Key[][] = [];
    for (const text of new Set(texts)) {
      const one = key(text);
      (byLength[one.bytes.length] ??= []).push(one);
    }
    for (const sameLength of byLength) sameLength?.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    // Without holes, in which V8 looks for an element of the prototype.
    this.#byLength = Array.from(byLength, (sameLength) => sameLength);
  }

  /** Whether `bytes[start, end)` are one of the texts. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const sameLength = length < this.#byLength.length ? this.#byLength[length] : undefined;
    if (sameLength === undefined) return false;
    let low = 0;
    let high = sameLength.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compare(bytes, start, (sameLength[middle] as Key).bytes);
      if (order === 0) return true;
      if (order < 0) high = middle - 1;
      else low = middle + 1;
    }
    return false;
  }
}

/** Both have the same length. */
function compare(bytes: Uint8Array, start: number, other: Uint8Array): number {
  for (let i = 0; i < other.length; i++) {
    const difference = byteAt(bytes, start + i) - byteAt(other, i);
    if (difference !== 0) return difference;
  }
  return 0;
}
