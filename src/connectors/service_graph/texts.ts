import { valueText } from '../../otlp/keys/value-text.js';
import type { AttributeSearch } from '../../otlp/view/attribute-search.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import { valueKind, Values } from '../../aggregation/values.js';

/** Attribute values as the labels that they become: texts, known by their numbers. */
export class Texts {
  readonly values: Values;
  readonly #bound: MemoryBound;

  constructor(values: Values, bound: MemoryBound) {
    this.values = values;
    this.#bound = bound;
  }

  /** The number of a text that is to stay. */
  keep(text: string): number {
    const bytes = Buffer.from(text);
    const known = this.values.find(valueKind.text, bytes, 0, bytes.length);
    const id = known >= 0 ? known : this.values.add(valueKind.text, bytes, 0, bytes.length);
    this.values.hold(id);
    return id;
  }

  /**
   * The number of `bytes[from, to)`, which its user holds at once; -1 when there is no room for it. `held`: bytes that
   * the user's own part of the memory has.
   */
  of(bytes: Uint8Array, from: number, to: number, held: number): number {
    const known = this.values.find(valueKind.text, bytes, from, to);
    if (known >= 0) return known;
    if (!this.#bound.fits(Values.sizeOf(to - from), held)) return -1;
    return this.values.add(valueKind.text, bytes, from, to);
  }

  /** The same for attribute `i` of a search, which is there. A value that is no text is what the Collector prints. */
  found(search: AttributeSearch, i: number, held: number): number {
    if (search.isText(i)) return this.of(search.bytes, search.textStart, search.textEnd, held);
    const text = Buffer.from(valueText(search.value(i)));
    return this.of(text, 0, text.length, held);
  }
}
