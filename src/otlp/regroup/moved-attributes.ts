import { RunLists } from '../parts/run-lists.js';
import { hasKey } from '../view/attributes.js';
import { FieldPlace } from '../view/item-search.js';
import type { Key } from '../view/key.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';

/** Takes attributes with some keys out of a message: where they stand, and what is left. */
export class MovedAttributes {
  readonly keys: readonly Key[];
  /** By key: its first attribute, as in the Collector; `from` is where the KeyValue begins. */
  readonly places: readonly FieldPlace[];
  /** Runs of the message without all attributes that have one of the keys. */
  readonly rest: RunLists = new RunLists();
  restPlace = 0;

  constructor(keys: readonly Key[]) {
    this.keys = keys;
    this.places = keys.map(() => new FieldPlace());
  }

  /** Reads the message whose body is `[from, to)` and whose attributes have a tag. */
  read(bytes: Uint8Array, from: number, to: number, attributesTag: number): void {
    const { keys, places, rest } = this;
    for (const place of places) place.start = -1;
    rest.clear();
    const list = rest.open(0);
    for (let at = from; at < to;) {
      const start = at;
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (tag === attributesTag) {
        const body = varintEnd(bytes, value);
        let key = 0;
        while (key < keys.length && !hasKey(bytes, body, at, keys[key] as Key)) key++;
        const place = places[key];
        if (place) {
          if (!place.isThere) place.set(start, body, at);
          continue;
        }
      }
      rest.add(list, start, at);
    }
    this.restPlace = rest.close(list);
  }
}
