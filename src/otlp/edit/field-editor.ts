import { writeValue, type AttributeValue } from '../build/any-value.js';
import type { MessageWriter } from '../build/message-writer.js';
import { writeMessage } from '../build/message.js';
import type { Field } from '../fields.js';
import { hasKey } from '../view/attributes.js';
import type { Key } from '../view/key.js';
import type { MessageView } from '../view/message.js';
import { Range } from '../view/range.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { MessageRuns } from './message-runs.js';
import { isZero, writeNumber, type NumberValue } from './number-value.js';
import { rivalsOf } from './shapes.js';

/** Sets and clears fields of one message of a batch. A change costs one pass over the fields of the message. */
export abstract class FieldEditor extends MessageRuns {
  /** Number of the message in the table of fields. */
  protected message = 0;
  #view: MessageView | undefined;

  /**
   * Moves a view to the message as it is now, and again whenever the message changes: a reader sees each change at
   * once. One view at a time, until the editor moves to another message; the editor of an item keeps its view.
   */
  view<View extends MessageView>(view: View): View {
    this.#view = view;
    this.refresh();
    return view;
  }

  /** Sets a text. The default value of a field outside a oneof, here '', removes the field. */
  setText(field: Field, text: string | Range): void {
    if (text.length === 0 && field.oneof < 0) {
      this.clear(field);
      return;
    }
    this.prepare(field);
    if (text instanceof Range) this.#writeRange(field, text);
    else this.overlay.begin().text(field.tag, text);
    this.#put(field);
  }

  /** Sets bytes or an ID. Throws when an ID is neither empty nor of its size. */
  setBytes(field: Field, bytes: Uint8Array | Range): void {
    const size = field.type === 'id16' ? 16 : field.type === 'id8' ? 8 : bytes.length;
    if (bytes.length !== size && bytes.length !== 0)
      throw new RangeError(`${field.name} has ${size} bytes or none, not ${bytes.length}`);
    if (bytes.length === 0 && field.oneof < 0) {
      this.clear(field);
      return;
    }
    this.prepare(field);
    if (bytes instanceof Range) this.#writeRange(field, bytes);
    else {
      const writer = this.overlay.begin();
      writer.tag(field.tag);
      writer.delimited(bytes);
    }
    this.#put(field);
  }

  /** Sets a bool. */
  setBool(field: Field, value: boolean): void {
    this.setNumber(field, value ? 1 : 0);
  }

  /** Sets a number of any type; bits above the type's size do not count. */
  setNumber(field: Field, value: NumberValue): void {
    if (field.oneof < 0 && isZero(value)) {
      this.clear(field);
      return;
    }
    this.prepare(field);
    const writer = this.overlay.begin();
    writer.tag(field.tag);
    writeNumber(writer, field.type, value);
    this.#put(field);
  }

  /** Sets all values of a repeated number. */
  setNumbers(field: Field, values: ArrayLike<NumberValue>): void {
    if (values.length === 0) {
      this.clear(field);
      return;
    }
    this.prepare(field);
    writeNumbers(this.overlay.begin(), field, values);
    this.#put(field);
  }

  /** Sets a message to a copy of another one, which may be of another batch. */
  setMessage(field: Field, from: MessageView): void {
    this.prepare(field);
    const writer = this.overlay.begin();
    writer.tag(field.tag);
    writer.open();
    writeMessage(writer, from);
    writer.close();
    this.#put(field);
  }

  /**
   * Sets a number in a message of this one, which is made when it is not there. The message is written anew, so that
   * this serves small ones; unlike `child`, it leaves a walk over another field where it is.
   */
  setNumberIn(field: Field, inner: Field, value: NumberValue): void {
    const writer = this.#openWithout(field, inner);
    if (inner.oneof >= 0 || !isZero(value)) {
      writer.tag(inner.tag);
      writeNumber(writer, inner.type, value);
    }
    writer.close();
    this.#put(field);
  }

  /** The same for a text. */
  setTextIn(field: Field, inner: Field, text: string): void {
    const writer = this.#openWithout(field, inner);
    if (inner.oneof >= 0 || text !== '') writer.text(inner.tag, text);
    writer.close();
    this.#put(field);
  }

  /** The same for all values of a repeated number. */
  setNumbersIn(field: Field, inner: Field, values: ArrayLike<NumberValue>): void {
    const writer = this.#openWithout(field, inner);
    if (values.length > 0) writeNumbers(writer, inner, values);
    writer.close();
    this.#put(field);
  }

  /** Sets all messages of a repeated field to copies of those that `next` moves `from` to. */
  setMessages(field: Field, from: MessageView & { next(): boolean }): void {
    this.prepare(field);
    const writer = this.overlay.begin();
    while (from.next()) {
      writer.tag(field.tag);
      writer.open();
      writeMessage(writer, from);
      writer.close();
    }
    if (writer.size === 0) this.clear(field);
    else this.#put(field);
  }

  /** Sets a field of type AnyValue whole. */
  setValueIn(field: Field, value: AttributeValue): void {
    this.prepare(field);
    const writer = this.overlay.begin();
    writer.tag(field.tag);
    writer.open();
    writeValue(writer, value);
    writer.close();
    this.#put(field);
  }

  /** Removes every occurrence of a field; false when it was not there. */
  clear(field: Field): boolean {
    this.prepare(field);
    let last = -1;
    this.rewind();
    while (this.findNext(field)) last = this.number;
    if (last !== field.number) return false;
    // Members of its oneof that it replaced go too, or they would be there again.
    return this.removeAll(field);
  }

  /**
   * Called before each change of a field, or of the whole message: a message that is being edited in it is finished and
   * left, and runs are cut for it in other fields, so that they stay where they are found next.
   */
  protected abstract prepare(field?: Field): void;

  /** Called after each change. */
  protected abstract changed(): void;

  /** Moves the view to the message as it is now. */
  protected refresh(): void {
    if (this.#view) this.show(this.#view.fields);
  }

  /** Lets go of the view. */
  protected dropView(): void {
    this.#view = undefined;
  }

  /** Finds the next occurrence of a field or of another member of its oneof; of attributes, the next of a key. */
  protected findNext(field: Field, key?: Key): boolean {
    const mask = rivalsOf(this.message, field);
    while (this.find(mask))
      if (key === undefined || hasKey(this.overlay.backing.bytes, this.body, this.end, key)) return true;
    return false;
  }

  /** Finds the first occurrence. */
  protected findFirst(field: Field, key?: Key): boolean {
    this.rewind();
    return this.findNext(field, key);
  }

  /**
   * Puts a run, which ends at `to`, in place of all occurrences of a field; of attributes, of those with
   * a key. `found`: whether `findFirst` found one. A run with the bytes that are there changes nothing.
   */
  protected put(from: number, to: number, found: boolean, field: Field, key?: Key): void {
    let placed = false;
    let used = false;
    let changes = false;
    for (let more = found; more; more = this.findNext(field, key)) {
      if (placed || this.number !== field.number) this.replace(0, 0);
      else {
        placed = true;
        if (this.overlay.isSame(from, to, this.start, this.end)) continue;
        used = true;
        this.replace(from, to);
      }
      changes = true;
    }
    if (!placed) this.append(from, to);
    else if (!used && this.overlay.end === to) this.overlay.rewind(from);
    if (changes || !placed) this.changed();
  }

  /** Removes all occurrences of a field and its oneof, or of attributes with a key; false when there is none. */
  protected removeAll(field: Field, key?: Key): boolean {
    if (!this.findFirst(field, key)) return false;
    do this.replace(0, 0);
    while (this.findNext(field, key));
    this.changed();
    return true;
  }

  #put(field: Field): void {
    const from = this.overlay.take();
    this.put(from, this.overlay.end, this.findFirst(field), field);
  }

  /** Begins to write the message in a field, with all it has but a field of its own. */
  #openWithout(field: Field, inner: Field): MessageWriter {
    this.prepare(field);
    const { writer, backing } = this.overlay;
    this.overlay.begin();
    writer.tag(field.tag);
    writer.open();
    const rivals = rivalsOf(field.message, inner);
    for (let more = this.findFirst(field); more; more = this.findNext(field)) {
      if (this.number !== field.number) continue;
      const { bytes } = backing;
      for (let at = this.body; at < this.end;) {
        const start = at;
        const tag = tagAt(bytes, at);
        at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
        if (tag >= 256 || ((rivals >>> (tag >> 3)) & 1) === 0) writer.rawRun(bytes, start, at);
      }
    }
    return writer;
  }

  #writeRange(field: Field, range: Range): void {
    const writer = this.overlay.begin();
    writer.tag(field.tag);
    writer.varint(range.length);
    writer.rawRun(range.bytes, range.start, range.end);
  }
}

function writeNumbers(writer: MessageWriter, field: Field, values: ArrayLike<NumberValue>): void {
  writer.tag(field.tag);
  writer.open();
  for (let i = 0; i < values.length; i++) writeNumber(writer, field.type, values[i] ?? 0);
  writer.close();
}
