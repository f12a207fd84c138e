import { writeValue, type AttributeValue } from '../build/any-value.js';
import { writeMessage } from '../build/message.js';
import { fieldOf, messageNumber, type Field } from '../fields.js';
import type { Key } from '../view/key.js';
import type { MessageView } from '../view/message.js';
import { AttributeEditor } from './attribute-editor.js';
import { attributesOf } from './shapes.js';

const anyValue = messageNumber('AnyValue');
const noField = fieldOf('AnyValue', 'string_value');

/**
 * Place of a message: a row of the batch's index; a field of its parent; the value of an attribute; one of a repeated
 * field. `left`: the parent has moved on; `ended`: behind the last of a repeated field.
 */
type Kind = 'row' | 'field' | 'attribute' | 'element' | 'left' | 'ended';

/**
 * Changes a message of a batch and, one at a time, the messages in it. A reader of the parent sees a change at once,
 * but a change within a repeated field when the walk over it ends or the parent itself changes. An editor is left, and
 * throws when it is used, once its parent moves to another message or changes the same field.
 *
 * Each level of a path has an editor. A component chooses its paths; to change values that a sender nests as deep as it
 * likes, walk them and set the outermost one whole.
 */
export class MessageEditor extends AttributeEditor {
  #kind: Kind = 'left';
  /** Itself for a row. */
  #parent: MessageEditor = this;
  #field: Field = noField;
  #key: Key | undefined;
  /** Whether the parent does not have the changes yet. */
  #behind = false;
  /** Whether the view does not have the changes of a repeated field yet. */
  #stale = false;
  /** The message in this one that is being edited. */
  #opened: MessageEditor | undefined;
  /** By field number: the editors for such messages, made once. An editor that was left is no other field's. */
  readonly #children: MessageEditor[] = [];
  readonly #elements: ElementEditor[] = [];
  readonly #additions: ElementEditor[] = [];

  /** Of an element: bounds in its parent (-1: nowhere), the run around it, and its own run; 0 while it has none. */
  #elementRun = 0;
  #elementStart = -1;
  #elementEnd = 0;
  #own = 0;
  #added = false;
  #removed = false;

  /** Drops the editing in this message, of a batch that is let go of. */
  abandon(): void {
    this.#opened?.abandon();
    this.#opened = undefined;
    this.#kind = 'left';
  }

  /** Finishes the editing of a message in this one. */
  leave(): void {
    const opened = this.#opened;
    if (opened) opened.#close('left');
  }

  /** Moves to the message in a field that is not repeated. One that is not there is made by its first change. */
  child(field: Field): MessageEditor {
    const child = this.#openChild('field', field);
    child.#readField();
    child.refresh();
    return child;
  }

  /**
   * Moves to the value of an attribute, to change a part of it. One that is not there is made by the first change.
   * ```
   * span.attributeValue(headers).child(mapValue).setAttribute(host, 'a');
   * ```
   */
  attributeValue(key: Key): MessageEditor {
    const child = this.#openChild('attribute', attributesOf(this.message));
    child.message = anyValue;
    child.#key = key;
    if (this.findAttribute(key)) {
      const { fields } = this.attributeFound().value;
      for (let i = 0; i < fields.pieceCount; i++) child.addPiece(fields.pieceFrom(i), fields.pieceTo(i));
    }
    child.refresh();
    return child;
  }

  /** Moves before the first message of a repeated field: `for (const e = span.elements(events); e.next();) ...`. */
  elements(field: Field): ElementEditor {
    const element = this.#openElement(field, this.#elements);
    element.refresh();
    return element;
  }

  /** Adds an empty message at the end of a repeated field, and moves to it. */
  add(field: Field): ElementEditor {
    const element = this.#openElement(field, this.#additions);
    const { overlay } = this;
    element.list = overlay.runs.create();
    const from = overlay.takeMessage(field.tag, element.list);
    element.#own = this.append(from, overlay.end);
    element.#elementStart = from;
    element.#added = true;
    this.changed();
    element.refresh();
    return element;
  }

  /** Sets an AnyValue, such as the body of a log record, an element of a list or the value of an attribute. */
  setValue(to: AttributeValue): void {
    if (this.message !== anyValue) throw new TypeError('only an AnyValue has a value');
    this.prepare();
    const { overlay } = this;
    writeValue(overlay.begin(), to);
    const from = overlay.take();
    const { end } = overlay;
    if (this.list === 0 && this.to > 0 && overlay.isSame(from, end, this.from, this.to)) {
      overlay.rewind(from);
      return;
    }
    this.list = overlay.runs.create();
    if (end > from) overlay.runs.append(this.list, from, end);
    this.changed();
  }

  /** Makes the message a copy of another one, which may be of another batch. */
  copyFrom(other: MessageView): void {
    this.prepare();
    const { overlay } = this;
    writeMessage(overlay.begin(), other);
    const from = overlay.take();
    this.list = overlay.runs.create();
    if (overlay.end > from) overlay.runs.append(this.list, from, overlay.end);
    this.changed();
  }

  /** Moves to another message, of which nothing is read yet. */
  protected begin(kind: Kind, message: number): void {
    this.#kind = kind;
    this.message = message;
    this.list = this.from = this.to = 0;
    this.#own = this.#elementRun = 0;
    this.#elementStart = -1;
    this.#behind = this.#stale = this.#added = this.#removed = false;
    this.#opened = undefined;
  }

  protected override prepare(field?: Field): void {
    this.#demand();
    const opened = this.#opened;
    if (opened === undefined) return;
    if (field === undefined || opened.#isIn(field)) this.leave();
    else opened.#setApart();
  }

  protected override changed(): void {
    this.refresh();
    this.#stale = false;
    this.note();
    if (!this.#waits) this.#commit();
  }

  /** Notes that the message was changed. */
  protected note(): void {
    this.#behind = true;
  }

  /** Whether a message in this one is being edited. */
  protected get isOpened(): boolean {
    return this.#opened !== undefined;
  }

  /** Whether the parent has moved on or changed this field, which ends a walk over a repeated one. */
  get isLeft(): boolean {
    return this.#kind === 'left';
  }

  /** Moves an element to the next one; false behind the last. */
  protected nextElement(): boolean {
    if (this.#kind === 'ended') return false;
    if (this.#kind === 'left') throw new Error('the walk was left when its message moved on or changed this field');
    this.leave();
    this.#commit();
    const parent = this.#parent;
    if (this.#own !== 0) parent.resume(this.#own, this.overlay.runs.to(this.#own));
    else if (this.#elementStart >= 0) parent.resume(this.#elementRun, this.#elementEnd);
    else parent.rewind();
    this.list = this.from = this.to = this.#own = this.#elementRun = 0;
    this.#elementStart = -1;
    this.#added = this.#removed = false;
    const isThere = parent.find(1 << this.#field.number);
    if (isThere) {
      this.#elementRun = parent.run;
      this.#elementStart = parent.start;
      this.#elementEnd = parent.end;
      this.from = parent.body;
      this.to = parent.end;
    }
    this.refresh();
    if (!isThere) this.#close('ended');
    return isThere;
  }

  /** Removes the element. */
  protected removeElement(): void {
    this.leave();
    this.#demand();
    this.#setApart();
    this.overlay.runs.move(this.#own, 0, 0);
    this.#behind = false;
    this.#removed = true;
    this.#noteInParent();
  }

  /** Whether changes stay here until a walk goes on or ends: each of them would copy a whole list or search it. */
  get #waits(): boolean {
    if (this.#kind === 'element') return !this.#added || this.#parent.#kind !== 'row';
    const opened = this.#opened;
    return opened !== undefined && opened.#kind === 'element';
  }

  #demand(): void {
    if (this.#kind === 'left' || this.#kind === 'ended' || this.#removed)
      throw new Error('the editor of this message has moved on, or removed it');
    if (this.#kind === 'element' && this.#elementStart < 0) throw new Error('`next` has not moved to a message yet');
  }

  /** Whether this is in a field of its parent, or in one of the same oneof. */
  #isIn(field: Field): boolean {
    const own = this.#field;
    return own.number === field.number || (own.oneof >= 0 && own.oneof === field.oneof);
  }

  #openChild(kind: Kind, field: Field): MessageEditor {
    this.leave();
    this.#demand();
    const child = (this.#children[field.number] ??= new MessageEditor(this.overlay));
    this.#opened = child;
    return child.#beginIn(this, kind, field);
  }

  #openElement(field: Field, editors: ElementEditor[]): ElementEditor {
    this.leave();
    this.#demand();
    const element = (editors[field.number] ??= new ElementEditor(this.overlay));
    this.#opened = element;
    return element.#beginIn(this, 'element', field);
  }

  #beginIn(parent: MessageEditor, kind: Kind, field: Field): this {
    this.begin(kind, field.message);
    this.dropView();
    this.#parent = parent;
    this.#field = field;
    return this;
  }

  /** Finds the message in its field of the parent: all its pieces, or of a oneof the last member. */
  #readField(): void {
    const parent = this.#parent;
    const field = this.#field;
    for (let more = parent.findFirst(field); more; more = parent.findNext(field)) {
      if (field.oneof >= 0) this.list = this.from = this.to = 0;
      if (parent.number === field.number) this.addPiece(parent.body, parent.end);
    }
  }

  /** Gives the changes to the parent. */
  #commit(): void {
    if (!this.#behind) return;
    this.#behind = false;
    const { overlay } = this;
    const parent = this.#parent;
    if (this.#kind === 'attribute' && this.#key) {
      const found = parent.findAttribute(this.#key);
      parent.openAttribute(this.#key);
      overlay.writeList(this.list);
      parent.putAttribute(this.#key, found);
      return;
    }
    const from = overlay.takeMessage(this.#field.tag, this.list);
    if (this.#kind === 'field') {
      parent.put(from, overlay.end, parent.findFirst(this.#field), this.#field);
      return;
    }
    this.#setApart();
    overlay.runs.move(this.#own, from, overlay.end);
    this.#noteInParent();
  }

  /** Notes a change of an element in its parent. Its view follows later: all views would be moved for each element. */
  #noteInParent(): void {
    const parent = this.#parent;
    if (this.#added) parent.changed();
    else {
      parent.#stale = true;
      parent.note();
    }
  }

  /** Gives an element a run of its own in its parent, so that it is found there whatever is changed around it. */
  #setApart(): void {
    if (this.#kind !== 'element' || this.#own !== 0 || this.#elementStart < 0) return;
    this.#own = this.#parent.apart(this.#elementRun, this.#elementStart, this.#elementEnd);
  }

  #close(as: 'left' | 'ended'): void {
    this.leave();
    this.#commit();
    const parent = this.#parent;
    this.#kind = as;
    if (parent.#opened === this) parent.#opened = undefined;
    if (parent.#stale) {
      parent.#stale = false;
      parent.refresh();
    }
    if (!parent.#waits) parent.#commit();
  }
}

/** One message of a repeated field after the other. */
export class ElementEditor extends MessageEditor {
  /** Moves to the next message; false behind the last one. */
  next(): boolean {
    return this.nextElement();
  }

  /** Removes the message. */
  remove(): void {
    this.removeElement();
  }
}
