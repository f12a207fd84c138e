import { writeAttribute, writeValue, type AttributeValue } from '../build/any-value.js';
import { tagOf } from '../fields.js';
import { key as prepareKey, type Key } from '../view/key.js';
import type { Range } from '../view/range.js';
import { KeyValueView } from '../view/value.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { FieldEditor } from './field-editor.js';
import { attributesOf } from './shapes.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');

/** Attributes that are set one by one: each costs a pass over the others. */
const fewAttributes = 8;

/**
 * Changes the attributes of a message, or the entries of a map. A key that stands twice is one attribute: the first
 * counts, as in the Collector, and a change leaves only one. Fields of an attribute beside its key and value stay.
 */
export abstract class AttributeEditor extends FieldEditor {
  /** Made on first use. */
  #entry: KeyValueView | undefined;

  /** Sets an attribute, whether it was there or not. One that was there keeps its place. */
  setAttribute(key: Key, value: AttributeValue): void {
    this.prepare(attributesOf(this.message));
    this.#set(key, value, this.findAttribute(key));
  }

  /** Sets the attributes in place of all that there are. */
  setAttributes(to: ReadonlyMap<string, AttributeValue>): void {
    const field = attributesOf(this.message);
    if (to.size === 0) {
      this.clear(field);
      return;
    }
    this.prepare(field);
    const { overlay } = this;
    const writer = overlay.begin();
    for (const [name, value] of to) writeAttribute(writer, field.tag, name, value);
    const from = overlay.take();
    this.put(from, overlay.end, this.findFirst(field), field);
  }

  /** Sets some attributes, whether they were there or not. Many are set in one pass. */
  mergeAttributes(to: ReadonlyMap<string, AttributeValue>): void {
    if (to.size <= fewAttributes) {
      for (const [name, value] of to) this.setAttribute(prepareKey(name), value);
      return;
    }
    const field = attributesOf(this.message);
    this.prepare(field);
    const { overlay } = this;
    const writer = overlay.begin();
    const rest = new Map(to);
    for (let more = this.findFirst(field); more; more = this.findNext(field)) {
      const name = this.attributeFound().key.toString();
      const value = to.get(name);
      if (value === undefined) writer.rawRun(overlay.backing.bytes, this.start, this.end);
      else if (rest.delete(name)) writeAttribute(writer, field.tag, name, value);
    }
    for (const [name, value] of rest) writeAttribute(writer, field.tag, name, value);
    const from = overlay.take();
    this.put(from, overlay.end, this.findFirst(field), field);
  }

  /** Adds an attribute unless there is one of that key; false when there is. */
  insertAttribute(key: Key, value: AttributeValue): boolean {
    this.prepare(attributesOf(this.message));
    if (this.findAttribute(key)) return false;
    this.#set(key, value, false);
    return true;
  }

  /** Sets an attribute if there is one of that key; false when there is none. */
  updateAttribute(key: Key, value: AttributeValue): boolean {
    this.prepare(attributesOf(this.message));
    if (!this.findAttribute(key)) return false;
    this.#set(key, value, true);
    return true;
  }

  /** Removes every attribute of a key; false when there was none. */
  deleteAttribute(key: Key): boolean {
    const field = attributesOf(this.message);
    this.prepare(field);
    return this.removeAll(field, key);
  }

  /** Removes the attributes whose key `matches` accepts, and returns how many. The range is the same at each call. */
  deleteAttributes(matches: (key: Range) => boolean): number {
    const field = attributesOf(this.message);
    this.prepare(field);
    let count = 0;
    this.rewind();
    while (this.findNext(field)) {
      if (!matches(this.attributeFound().key)) continue;
      this.replace(0, 0);
      count++;
    }
    if (count > 0) this.changed();
    return count;
  }

  /** Gives an attribute another key; false when there is none of key `from`. One that has key `to` already goes. */
  renameAttribute(from: Key, to: Key): boolean {
    const field = attributesOf(this.message);
    this.prepare(field);
    if (!this.findAttribute(from)) return false;
    if (from.text === to.text) return true;
    const writer = this.overlay.begin();
    writer.tag(field.tag);
    writer.open();
    writer.tag(keyTag);
    writer.delimited(to.bytes);
    this.#writeRest(keyTag, keyTag);
    writer.close();
    const start = this.overlay.take();
    const { end } = this.overlay;
    this.removeAll(field, to);
    this.put(start, end, this.findAttribute(from), field, from);
    return true;
  }

  /** Whether there is an attribute of a key. */
  hasAttribute(key: Key): boolean {
    return this.findAttribute(key);
  }

  /** Finds the first attribute of a key. */
  protected findAttribute(key: Key): boolean {
    return this.findFirst(attributesOf(this.message), key);
  }

  /** The attribute that was found. */
  protected attributeFound(): KeyValueView {
    return (this.#entry ??= new KeyValueView()).move(this.overlay.backing, this.body, this.end);
  }

  /** Begins to write an attribute with a value, whose body comes next. */
  protected openAttribute(key: Key): void {
    const writer = this.overlay.begin();
    writer.tag(attributesOf(this.message).tag);
    writer.open();
    writer.tag(keyTag);
    writer.delimited(key.bytes);
    writer.tag(valueTag);
    writer.open();
  }

  /** Puts the attribute that was written in place of those with its key; `found`: the search stands at the first. */
  protected putAttribute(key: Key, found: boolean): void {
    const { overlay } = this;
    overlay.writer.close();
    if (found) this.#writeRest(keyTag, valueTag);
    overlay.writer.close();
    const from = overlay.take();
    this.put(from, overlay.end, found, attributesOf(this.message), key);
  }

  #set(key: Key, value: AttributeValue, found: boolean): void {
    this.openAttribute(key);
    writeValue(this.overlay.writer, value);
    this.putAttribute(key, found);
  }

  /** Writes the fields of the attribute that was found, but for those with two tags. */
  #writeRest(but: number, and: number): void {
    const { writer, backing } = this.overlay;
    const { bytes } = backing;
    for (let at = this.body; at < this.end;) {
      const start = at;
      const tag = tagAt(bytes, at);
      at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
      if (tag !== but && tag !== and) writer.rawRun(bytes, start, at);
    }
  }
}
