import { valueText } from '../otlp/keys/value-text.js';
import type { Range } from '../otlp/view/range.js';
import type { ValueView } from '../otlp/view/value.js';
import { valueKind, type Values } from './values.js';

/** Looks up and adds the values of attributes as they stand in a batch. */
export class ValueReader {
  readonly #values: Values;
  /** The body of a value that came in several pieces. */
  #joined: Uint8Array = new Uint8Array(0);

  constructor(values: Values) {
    this.#values = values;
  }

  /** The number of a value; -1 when it is not known in this form. Makes no object. */
  find(view: ValueView): number {
    if (view.type === 'string') return this.#findText(view.string);
    const { fields } = view;
    if (fields.pieceCount === 1)
      return this.#values.find(valueKind.encoded, fields.bytes, fields.pieceFrom(0), fields.pieceTo(0));
    const length = this.#join(view);
    return this.#values.find(valueKind.encoded, this.#joined, 0, length);
  }

  /** The number of the canonical value; -1 when it is not known. Makes a string of what is not text. */
  findCanonical(view: ValueView): number {
    const known = this.find(view);
    if (known >= 0) return this.#values.canonicalOf(known);
    if (view.type === 'string') return -1;
    const text = Buffer.from(valueText(view));
    return this.#values.find(valueKind.text, text, 0, text.length);
  }

  /**
   * The number of a value, which is added where it is not known, with its canonical value; that alone, when it has
   * enough aliases. -1 when nothing can be added, which no sender can bring about.
   */
  add(view: ValueView): number {
    const known = this.find(view);
    if (known >= 0) return known;
    if (view.type === 'string') return this.addText(view.string.bytes, view.string.start, view.string.end);
    const text = Buffer.from(valueText(view));
    const canonical = this.addText(text, 0, text.length);
    if (canonical < 0) return -1;
    const length = this.#join(view);
    const alias = this.#values.add(valueKind.encoded, this.#joined, 0, length, canonical);
    return alias < 0 ? canonical : alias;
  }

  /** The number of a text, which is added where it is not known. */
  addText(bytes: Uint8Array, from: number, to: number): number {
    const known = this.#values.find(valueKind.text, bytes, from, to);
    return known >= 0 ? known : this.#values.add(valueKind.text, bytes, from, to);
  }

  #findText({ bytes, start, end }: Range): number {
    return this.#values.find(valueKind.text, bytes, start, end);
  }

  /** Copies the body of a value to `#joined`, and returns its length. */
  #join({ fields }: ValueView): number {
    let length = 0;
    for (let i = 0; i < fields.pieceCount; i++) length += fields.pieceTo(i) - fields.pieceFrom(i);
    if (this.#joined.length < length) this.#joined = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < fields.pieceCount; i++) {
      this.#joined.set(fields.bytes.subarray(fields.pieceFrom(i), fields.pieceTo(i)), at);
      at += fields.pieceTo(i) - fields.pieceFrom(i);
    }
    return length;
  }
}
