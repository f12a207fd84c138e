import type { Backing } from '../../../otlp/view/backing.js';
import { KeyValueAndUnitView } from '../../../otlp/view/dictionary-entries.js';
import { DictionaryView } from '../../../otlp/view/dictionary.js';
import { Range } from '../../../otlp/view/range.js';
import type { TextPage, Writing } from './text-page.js';
import { Pairs } from './pairs.js';

/** The cost of finding and noting an entry, in bytes that are read. */
const entryAsBytes = 32;

/** The dictionary of profiles, with its texts and attributes by their places. */
export class DictionaryTables {
  readonly dictionary: DictionaryView;
  readonly #backing: Backing;
  readonly #strings: Pairs = new Pairs();
  readonly #attributes: Pairs = new Pairs();
  readonly #text: Range = new Range();
  readonly #attribute: KeyValueAndUnitView = new KeyValueAndUnitView();

  constructor(backing: Backing) {
    this.#backing = backing;
    this.dictionary = new DictionaryView().open(backing);
  }

  /** Notes where the texts and attributes lie. */
  *read(page: TextPage): Writing {
    page.readMessage(this.dictionary);
    const strings = this.dictionary.stringTable();
    while (strings.next()) {
      this.#strings.add(strings.value.start, strings.value.end);
      page.read(entryAsBytes + strings.value.length);
      if (page.isFull) yield;
    }
    page.readMessage(this.dictionary);
    const attributes = this.dictionary.attributeTable();
    while (attributes.next()) {
      this.#attributes.add(attributes.start, attributes.end);
      page.read(entryAsBytes + attributes.end - attributes.start);
      if (page.isFull) yield;
    }
  }

  /** Adds a text of the table; nothing when there is none with that number. */
  addString(page: TextPage, i: number): void {
    if (i < 0 || i >= this.#strings.count) return;
    page.addText(this.#text.move(this.#backing, this.#strings.first(i), this.#strings.second(i)));
  }

  /** An attribute of the table, an empty one when there is none with that number. The view moves with the next call. */
  attribute(i: number): KeyValueAndUnitView {
    if (i < 0 || i >= this.#attributes.count) return this.#attribute.move(this.#backing, 0, 0);
    return this.#attribute.move(this.#backing, this.#attributes.first(i), this.#attributes.second(i));
  }
}
