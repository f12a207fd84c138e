import { valueKind, type Values } from '../../aggregation/values.js';
import { AttributeList } from '../../otlp/keys/attribute-list.js';
import { AttributeRun } from '../../otlp/keys/attribute-run.js';
import { valueText } from '../../otlp/keys/value-text.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import { key, type Key } from '../../otlp/view/key.js';
import { KeyValueView } from '../../otlp/view/value.js';
import { GlobSet } from './glob.js';

/**
 * The attributes whose names match one of some globs, as one value: those of the span, and of its resource where the
 * span has none of the name, in the order of their names.
 */
export class GlobColumn {
  readonly #globs: GlobSet;
  /** Names of dimensions of their own. */
  readonly #besides: readonly Key[];
  readonly #values: Values;
  readonly #list: AttributeList = new AttributeList();
  readonly #run: AttributeRun = new AttributeRun();
  readonly #texts: AttributeRun = new AttributeRun();
  readonly #pair: KeyValueView = new KeyValueView();

  constructor(globs: readonly string[], besides: readonly string[], values: Values) {
    this.#globs = new GlobSet(globs);
    this.#besides = besides.map(key);
    this.#values = values;
  }

  /** Bytes of the attributes that the last look-up has found. */
  get length(): number {
    return this.#run.length;
  }

  /** The number of the value; -1 when it is not known in this form, and 0 (absent) when no attribute matches. */
  find(first: AttributedView, second: AttributedView | undefined): number {
    this.#gather(first, second);
    if (this.#run.length === 0) return 0;
    return this.#values.find(valueKind.attributes, this.#run.bytes, 0, this.#run.length);
  }

  /** The number of the canonical form of what `find` has looked for, in which all values are texts; -1: not known. */
  findCanonical(first: AttributedView, second: AttributedView | undefined): number {
    const known = this.find(first, second);
    if (known >= 0) return this.#values.canonicalOf(known);
    if (!this.#writeTexts(first)) return -1;
    return this.#values.find(valueKind.attributes, this.#texts.bytes, 0, this.#texts.length);
  }

  /** The number of the value, which is added where it is not known; -1 when that is not possible. */
  add(first: AttributedView, second: AttributedView | undefined): number {
    const known = this.find(first, second);
    if (known >= 0) return known;
    const kind = valueKind.attributes;
    const run = this.#run;
    if (!this.#writeTexts(first)) return this.#values.add(kind, run.bytes, 0, run.length);
    const { bytes, length } = this.#texts;
    const found = this.#values.find(kind, bytes, 0, length);
    const canonical = found >= 0 ? found : this.#values.add(kind, bytes, 0, length);
    if (canonical < 0) return -1;
    const alias = this.#values.add(kind, run.bytes, 0, run.length, canonical);
    return alias < 0 ? canonical : alias;
  }

  /** Writes the attributes that match to `#run`. Both views stand on the same bytes. */
  #gather(first: AttributedView, second: AttributedView | undefined): void {
    this.#list.cut(0);
    this.#match(first);
    if (second) this.#match(second);
    const { bytes } = first.fields;
    const list = this.#list;
    list.sort(bytes, 0);
    this.#run.clear();
    for (let row = 0; row < list.length; row++)
      if (row === 0 || !list.sameKey(bytes, row - 1, row)) this.#run.add(bytes, list.pairFrom(row), list.pairTo(row));
  }

  #match(view: AttributedView): void {
    for (const attribute = view.attributes(); attribute.next();) {
      const { bytes, start, end } = attribute.key;
      if (this.#globs.has(bytes, start, end) && !this.#isBeside(bytes, start, end)) this.#list.add(attribute);
    }
  }

  #isBeside(bytes: Uint8Array, start: number, end: number): boolean {
    for (const name of this.#besides) if (name.equals(bytes, start, end)) return true;
    return false;
  }

  /** Writes the same attributes with texts for values to `#texts`; false when all are texts anyway. */
  #writeTexts({ backing, fields }: AttributedView): boolean {
    const { bytes } = fields;
    const list = this.#list;
    let isOther = false;
    this.#texts.clear();
    for (let row = 0; row < list.length; row++) {
      if (row > 0 && list.sameKey(bytes, row - 1, row)) continue;
      const { value } = this.#pair.move(backing, list.pairFrom(row), list.pairTo(row));
      isOther ||= value.type !== 'string';
      this.#texts.addText(bytes, list.keyStart(row), list.keyEnd(row), Buffer.from(valueText(value)));
    }
    return isOther;
  }
}
