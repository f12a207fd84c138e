import { tagOf } from '../fields.js';
import { AttributeList } from '../keys/attribute-list.js';
import type { KeyBytes } from '../keys/key-bytes.js';
import { RunLists } from '../parts/run-lists.js';
import { hasKey } from '../view/attributes.js';
import { Backing } from '../view/backing.js';
import { FieldPlace } from '../view/item-search.js';
import type { Key } from '../view/key.js';
import { KeyValueView } from '../view/value.js';
import { skipValue, tagAt, varintEnd, varintSize } from '../wire/varint.js';
import type { AddedBytes } from './added-bytes.js';

// A scope is read as a resource is: the field of both has the same number, that of their attributes has not.
const nothing = new Uint8Array(0);
const innerTag = tagOf('ResourceSpans', 'resource');

/**
 * The fields around items, read from the runs that a ResourceSpans, a ScopeSpans or one of their like has beside its
 * scopes or items: the attributes of the resource or scope, its other fields, and those around it. Attributes with some
 * keys are set apart.
 */
export class OuterFields {
  readonly #attributesTag: number;
  readonly #keys: readonly Key[];
  /** By key: its first attribute, as in the Collector; `from` is where the KeyValue begins. */
  readonly places: readonly FieldPlace[];
  /** All others, as they stand. */
  readonly #attributes: AttributeList = new AttributeList();
  readonly #sorted: AttributeList = new AttributeList();
  readonly #lists: RunLists = new RunLists();
  readonly #pair: KeyValueView = new KeyValueView();
  readonly #backing: Backing = new Backing();
  /** Lists of the other fields in the resource or scope, and of the fields around it. */
  #inner = 0;
  #outer = 0;

  constructor(message: 'Resource' | 'InstrumentationScope', keys: readonly Key[]) {
    this.#attributesTag = tagOf(message, 'attributes');
    this.#keys = keys;
    this.places = keys.map(() => new FieldPlace());
  }

  /** Reads the runs in a list. */
  read(bytes: Uint8Array, runs: RunLists, place: number): void {
    const lists = this.#lists;
    this.#backing.bytes = bytes;
    this.#attributes.cut(0);
    this.#sorted.cut(0);
    for (const one of this.places) one.start = -1;
    lists.clear();
    // Two lists are filled at once, so that the first one asks for its room: a run for each field at most.
    const outer = lists.open(fieldsIn(bytes, runs, place));
    const inner = lists.open(0);
    for (let run = 0; run < runs.count(place); run++) {
      for (let at = runs.from(place, run); at < runs.to(place, run);) {
        const start = at;
        const tag = tagAt(bytes, at);
        const value = varintEnd(bytes, at);
        at = skipValue(bytes, value, tag % 8);
        if (tag === innerTag) this.#readInner(bytes, varintEnd(bytes, value), at, inner);
        else lists.add(outer, start, at);
      }
    }
    this.#outer = outer;
    this.#inner = inner;
    this.#sorted.sort(bytes, 0);
  }

  /**
   * Adds to `key` all that tells this frame from others beside the attributes that are set apart. The order of
   * attributes does not.
   */
  writeKey(key: KeyBytes): void {
    const { bytes } = this.#backing;
    const attributes = this.#sorted;
    key.number(attributes.length);
    for (let row = 0; row < attributes.length; row++) key.part(bytes, attributes.pairFrom(row), attributes.pairTo(row));
    for (const list of [this.#inner, this.#outer]) {
      key.number(this.#lists.length(list));
      for (let run = 0; run < this.#lists.count(list); run++)
        key.raw(bytes, this.#lists.from(list, run), this.#lists.to(list, run));
    }
  }

  /**
   * Adds the fields of the frame to bytes, with one message for the resource or scope. `apart`: the attributes that it
   * has of those that are set apart; `more`: further fields of the resource or scope.
   */
  write(added: AddedBytes, apart: readonly FieldPlace[], more: Uint8Array = nothing): void {
    const lists = this.#lists;
    const attributes = this.#attributes;
    const tag = this.#attributesTag;
    let body = lists.length(this.#inner) + more.length;
    for (let row = 0; row < attributes.length; row++) body += sized(attributes.pairTo(row) - attributes.pairFrom(row));
    for (const { from, to } of apart) body += sized(to - from);
    added.header(innerTag, body);
    for (let row = 0; row < attributes.length; row++)
      writeField(added, tag, attributes.pairFrom(row), attributes.pairTo(row));
    for (const { from, to } of apart) writeField(added, tag, from, to);
    added.bytes(more);
    for (const list of [this.#inner, this.#outer])
      for (let run = 0; run < lists.count(list); run++) added.copyOf(lists.from(list, run), lists.to(list, run));
  }

  /** Lets go of the bytes. */
  close(): void {
    this.#backing.drop();
  }

  #readInner(bytes: Uint8Array, from: number, to: number, rest: number): void {
    for (let at = from; at < to;) {
      const start = at;
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (tag === this.#attributesTag) this.#readAttribute(bytes, start, varintEnd(bytes, value), at);
      else this.#lists.add(rest, start, at);
    }
  }

  #readAttribute(bytes: Uint8Array, start: number, from: number, to: number): void {
    const key = this.#keys.findIndex((one) => hasKey(bytes, from, to, one));
    const place = this.places[key];
    if (place) {
      if (!place.isThere) place.set(start, from, to);
      return;
    }
    this.#attributes.add(this.#pair.move(this.#backing, from, to));
    this.#sorted.add(this.#pair);
  }
}

function writeField(added: AddedBytes, tag: number, from: number, to: number): void {
  added.header(tag, to - from);
  added.copyOf(from, to);
}

function fieldsIn(bytes: Uint8Array, runs: RunLists, place: number): number {
  let fields = 0;
  for (let run = 0; run < runs.count(place); run++)
    for (let at = runs.from(place, run); at < runs.to(place, run); fields++) {
      const tag = tagAt(bytes, at);
      at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
    }
  return fields;
}

/** A message with a tag of one byte and its length. */
const sized = (body: number): number => 1 + varintSize(body) + body;
