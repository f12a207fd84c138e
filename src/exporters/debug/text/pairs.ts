import { at32 } from '../../../otlp/wire/at.js';

/** Pairs in one array, a power of two: a list that grows by one array after the other is never copied whole. */
const perArrayBits = 15;
const perArray = 1 << perArrayBits;
const placeMask = perArray - 1;

/** A list of pairs of 32-bit numbers, such as where something begins and ends. It takes eight bytes for each. */
export class Pairs {
  readonly #arrays: Int32Array[] = [new Int32Array(16)];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(first: number, second: number): void {
    const at = (this.#count & placeMask) * 2;
    const array = this.#arrays[this.#count >> perArrayBits];
    if (array === undefined) this.#arrays.push(new Int32Array(perArray * 2));
    else if (at === array.length) {
      const longer = new Int32Array(array.length * 2);
      longer.set(array);
      this.#arrays[this.#arrays.length - 1] = longer;
    }
    this.set(this.#count++, first, second);
  }

  /** Replaces a pair. */
  set(i: number, first: number, second: number): void {
    const array = this.#arrayOf(i);
    const at = (i & placeMask) * 2;
    array[at] = first;
    array[at + 1] = second;
  }

  first(i: number): number {
    return at32(this.#arrayOf(i), (i & placeMask) * 2);
  }

  second(i: number): number {
    return at32(this.#arrayOf(i), (i & placeMask) * 2 + 1);
  }

  #arrayOf(i: number): Int32Array {
    const array = this.#arrays[i >> perArrayBits];
    if (array === undefined) throw new RangeError(`there is no pair ${i}`);
    return array;
  }
}
