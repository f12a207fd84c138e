import type { AttributeValue } from '../build/any-value.js';
import type { Field } from '../fields.js';
import { findAttribute, longestAttribute } from '../view/attributes.js';
import type { Key } from '../view/key.js';
import type { MessageFields } from '../view/message-fields.js';
import type { MessageView } from '../view/message.js';
import { Range } from '../view/range.js';
import { ItemTable } from './item-table.js';
import type { NumberValue } from './number-value.js';
import type { Overlay } from './overlay.js';
import { RowEditor } from './row-editor.js';

/**
 * Changes an item. Where items are changed more than once, their attributes, texts and numbers change in a table of
 * their fields, which becomes the item's list of runs when the item is left or changed in any other way.
 */
export class ItemEditor extends RowEditor {
  readonly #item: MessageView;
  readonly #table: ItemTable;
  /** Whether the table has the fields of the item. */
  #isTabled = false;
  /** Changes of this item and of the one before it: a table is worth its making from the second change on. */
  #changes = 0;
  #changesBefore = 0;

  /** @param item - the view that shows the item */
  constructor(overlay: Overlay, item: MessageView) {
    super(overlay);
    this.#item = this.view(item);
    this.#table = new ItemTable(overlay);
  }

  override open(message: number, table: Int32Array, row: number, from: number, to: number): void {
    this.#isTabled = false;
    this.#changesBefore = this.#changes;
    this.#changes = 0;
    super.open(message, table, row, from, to);
  }

  override abandon(): void {
    this.#isTabled = false;
    super.abandon();
  }

  override leave(): void {
    this.#settle();
    super.leave();
  }

  /** Moves a value to the first attribute of a key; false, and to nothing, when there is none. */
  lookUp(key: Key, value: MessageFields): boolean {
    return this.#isTabled ? this.#table.findAttribute(key, value) : findAttribute(this.#item.fields, key, value);
  }

  /** Bytes of the longest attribute, its key and value together; 0 when there is none. */
  longestAttribute(): number {
    return this.#isTabled ? this.#table.longestAttribute() : longestAttribute(this.#item.fields);
  }

  /** Moves a range to a text or to bytes; to nothing when the field is not there. */
  range(field: Field, into: Range): Range {
    return this.#isTabled && field.oneof < 0
      ? this.#table.range(field, into)
      : this.#item.fields.range(field.number, into);
  }

  override setAttribute(key: Key, value: AttributeValue): void {
    if (!this.#opensTable()) {
      super.setAttribute(key, value);
      return;
    }
    this.#table.setAttribute(key, value);
    this.#show();
  }

  override insertAttribute(key: Key, value: AttributeValue): boolean {
    if (!this.#opensTable()) return super.insertAttribute(key, value);
    if (this.#table.hasAttribute(key)) return false;
    this.#table.setAttribute(key, value);
    this.#show();
    return true;
  }

  override updateAttribute(key: Key, value: AttributeValue): boolean {
    if (!this.#opensTable()) return super.updateAttribute(key, value);
    if (!this.#table.hasAttribute(key)) return false;
    this.#table.setAttribute(key, value);
    this.#show();
    return true;
  }

  override hasAttribute(key: Key): boolean {
    return this.#isTabled ? this.#table.hasAttribute(key) : super.hasAttribute(key);
  }

  override deleteAttribute(key: Key): boolean {
    if (!this.#opensTable()) return super.deleteAttribute(key);
    if (!this.#table.deleteAttribute(key)) return false;
    this.#show();
    return true;
  }

  override deleteAttributes(matches: (key: Range) => boolean): number {
    if (!this.#opensTable()) return super.deleteAttributes(matches);
    const count = this.#table.deleteAttributes(matches);
    if (count > 0) this.#show();
    return count;
  }

  override setText(field: Field, text: string | Range): void {
    if (text instanceof Range || field.oneof >= 0 || !this.#opensTable()) {
      super.setText(field, text);
      return;
    }
    this.#table.setText(field, text);
    this.#show();
  }

  override setNumber(field: Field, value: NumberValue): void {
    if (field.oneof >= 0 || !this.#opensTable()) {
      super.setNumber(field, value);
      return;
    }
    this.#table.setNumber(field, value);
    this.#show();
  }

  protected override prepare(field?: Field): void {
    this.#settle();
    super.prepare(field);
  }

  /** Opens the table unless it is; false for an item that it cannot have, and while a message in it is edited. */
  #opensTable(): boolean {
    this.#changes++;
    if (this.#isTabled) return true;
    if (Math.max(this.#changes, this.#changesBefore) < 2 || this.isLeft || this.isOpened) return false;
    this.#isTabled = this.#table.open(this.message, this.#item.fields);
    return this.#isTabled;
  }

  #show(): void {
    if (this.#table.isChanged) this.#item.fields.defer(this.#table);
  }

  /** Makes the table the list of the item. */
  #settle(): void {
    if (!this.#isTabled) return;
    this.#isTabled = false;
    if (this.#table.isChanged) this.become(this.#table.toList());
  }
}
