import type { DoubleList, Fixed64List, Varint64List } from '../../otlp/view/scalar-list.js';

/** More numbers are not kept between points. */
const mostKept = 65_536;

/** A list of numbers of the present point. One is filled again and again. */
export class Scratch {
  #values: Float64Array = new Float64Array(64);
  length = 0;

  doubles(list: DoubleList): this {
    this.clear();
    while (list.next()) this.add(list.value);
    return this;
  }

  counts(list: Fixed64List | Varint64List): this {
    this.clear();
    while (list.next()) this.add(list.value.toNumber());
    return this;
  }

  at(i: number): number {
    return this.#values[i] ?? 0;
  }

  add(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  /** Whether these are the same numbers. */
  equals(other: Float64Array): boolean {
    if (other.length !== this.length) return false;
    for (let i = 0; i < other.length; i++) if (other[i] !== this.#values[i]) return false;
    return true;
  }

  /** The numbers in memory of their own, which takes them where they fit. */
  into(array: Float64Array | undefined, length: number = this.length): Float64Array {
    const target = array && array.length === length ? array : new Float64Array(length);
    for (let i = 0; i < length; i++) target[i] = i < this.length ? this.at(i) : 0;
    return target;
  }

  clear(): void {
    this.length = 0;
    if (this.#values.length > mostKept) this.#values = new Float64Array(64);
  }
}
