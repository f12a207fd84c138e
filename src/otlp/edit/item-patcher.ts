import type { Batch } from '../batch.js';
import { tagOf, type Field } from '../fields.js';
import type { FieldPlace } from '../view/item-search.js';
import type { Key } from '../view/key.js';
import { at32, byteAt } from '../wire/at.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import type { InPieces } from '../work.js';
import { Changes, removed } from './changes.js';
import { encoding } from './encode.js';
import { Output } from './output.js';
import { Runs } from './runs.js';

const keyTag = tagOf('KeyValue', 'key');
const valueTag = tagOf('KeyValue', 'value');
const textTag = tagOf('AnyValue', 'string_value');
const attributesTags = {
  traces: tagOf('Span', 'attributes'),
  logs: tagOf('LogRecord', 'attributes'),
  metrics: 0,
  profiles: 0,
} as const;

/** New bytes above this size are not kept for the next batch. */
const mostKept = 1 << 20;

/**
 * Leaves out spans or log records of a batch, and sets texts in those that stay. Nothing is read back, so that a batch
 * is copied once, with its changes, where a BatchEditor makes a copy to read from as well. An `ItemSearch` finds the
 * places; each place of an item is set at most once.
 * ```
 * patcher.open(batch);
 * search.open(batch);
 * for (let row = 0; row < batch.index.itemCount; row++) {
 *   search.move(row);
 *   if (isUnwanted(search)) patcher.removeItem(row);
 *   else patcher.setText(row, search.field, traceState, text, length);
 * }
 * const changed = resultAtOnce(patcher.finishing()); // `batch` itself when nothing was changed
 * ```
 */
export class ItemPatcher {
  readonly #changes: Changes = new Changes();
  readonly #runs: Runs = new Runs();
  #batch: Batch | undefined;
  #attributesTag = 0;
  /** The texts, as fields. Runs of them stand behind the bytes of the batch, one byte apart: they are no neighbours. */
  #added: Buffer = Buffer.allocUnsafe(4096);
  #used = 0;
  #base = 0;

  /** Begins with a batch of spans or log records. Changes of another one that was not finished are dropped. */
  open(batch: Batch): this {
    this.close();
    this.#attributesTag = attributesTags[batch.signal];
    if (this.#attributesTag === 0) throw new TypeError(`${batch.signal} have no items that can be patched`);
    this.#batch = batch;
    this.#base = batch.bytes.length + 1;
    this.#changes.reset(batch.index);
    return this;
  }

  /** Drops all changes and lets go of the batch. */
  close(): void {
    this.#batch = undefined;
    this.#runs.clear();
    this.#used = 0;
    if (this.#added.length > mostKept) this.#added = Buffer.allocUnsafe(4096);
  }

  removeItem(row: number): void {
    this.#changes.items[row] = removed;
  }

  /**
   * Sets a text field of an item to the UTF-8 in `text[0, length)`, or a message to its body, which is copied. `place`:
   * where the field stands in the item, if it does.
   */
  setText(row: number, place: FieldPlace, field: Field, text: Uint8Array, length: number): void {
    const start = this.#used;
    this.#room(20 + length);
    this.#used = this.#writeText(start, field.tag, text, length);
    this.#put(row, start, place);
  }

  /** Sets an attribute of an item to a text. `place`: where the attribute with that key stands, if it does. */
  setTextAttribute(row: number, place: FieldPlace, { bytes: name }: Key, text: Uint8Array, length: number): void {
    const start = this.#used;
    this.#room(60 + name.length + length);
    const value = sized(length);
    const added = this.#added;
    let at = writeVarint(added, start, this.#attributesTag);
    at = writeVarint(added, at, sized(name.length) + sized(value));
    at = this.#writeText(at, keyTag, name, name.length);
    at = writeVarint(added, writeVarint(added, at, valueTag), value);
    this.#used = this.#writeText(at, textTag, text, length);
    this.#put(row, start, place);
  }

  /**
   * Encodes the changes in pieces of work and lets go of the batch. Returns the batch that was opened when nothing was
   * changed, else a new one, which the caller owns.
   */
  *finishing(): InPieces<Batch> {
    const batch = this.#batch;
    if (batch === undefined) throw new Error('no batch is open');
    let result = batch;
    if (this.#changes.some(batch.index)) {
      const out = new Output(this.#runs, batch.bytes, { base: this.#base, bytes: this.#added });
      result = yield* encoding(batch, this.#changes, out, () => 1);
    }
    this.close();
    return result;
  }

  /** Puts the bytes added from `start` on in a place, or behind all fields. */
  #put(row: number, start: number, place: FieldPlace): void {
    if (place.isThere && this.#isSame(start, place)) {
      this.#used = start;
      return;
    }
    const runs = this.#runs;
    const list = this.#listOf(row);
    const from = this.#base + start;
    const to = this.#base + this.#used;
    if (place.isThere) runs.replace(list, this.#runAt(list, place.start), place.start, place.to, from, to);
    else runs.append(list, from, to);
  }

  #listOf(row: number): number {
    const { items } = this.#changes;
    const before = at32(items, row);
    if (before !== 0) return before;
    const index = this.#batch?.index;
    if (index === undefined) throw new Error('no batch is open');
    const list = this.#runs.create();
    this.#runs.append(list, index.itemFrom(row), index.itemTo(row));
    items[row] = list;
    return list;
  }

  /** The run in which a field of the batch lies. */
  #runAt(list: number, offset: number): number {
    const runs = this.#runs;
    for (let run = runs.first(list); run !== 0; run = runs.next(run))
      if (offset >= runs.from(run) && offset < runs.to(run)) return run;
    throw new Error('the place was set before');
  }

  /** Whether a place has the bytes that were added from `start` on. */
  #isSame(start: number, place: FieldPlace): boolean {
    const bytes = this.#batch?.bytes;
    const length = place.to - place.start;
    if (bytes === undefined || this.#used - start !== length) return false;
    for (let i = 0; i < length; i++)
      if (byteAt(bytes, place.start + i) !== byteAt(this.#added, start + i)) return false;
    return true;
  }

  #writeText(start: number, tag: number, text: Uint8Array, length: number): number {
    const added = this.#added;
    let at = writeVarint(added, writeVarint(added, start, tag), length);
    for (let i = 0; i < length; i++) added[at++] = byteAt(text, i);
    return at;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#added.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#added.length * 2, this.#used + bytes));
    this.#added.copy(larger, 0, 0, this.#used);
    this.#added = larger;
  }
}

/** Bytes of a field with a tag of one byte, its length and its body. */
function sized(body: number): number {
  return 1 + varintSize(body) + body;
}
