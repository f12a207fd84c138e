import { Batch } from '../batch.js';
import type { Index } from '../wire/item-index.js';
import { at32 } from '../wire/at.js';
import { RunLists } from './run-lists.js';
import { keepShape } from '../../runtime/memory/kept-shape.js';

/**
 * The surroundings of a batch's items: the bytes that each resource and scope has beside its scopes and items, found
 * when asked for. Each is a place in `runs`.
 */
export class Frames {
  readonly index: Index;
  readonly source: Buffer;
  readonly runs: RunLists;
  /** The part of a request beside its resources that every part needs: the dictionary of profiles. */
  readonly request: number;
  /** One more than the place, by row; 0 while it was not asked for. */
  readonly #scopes: Int32Array;
  readonly #resources: Int32Array;

  /** The former content of `runs` is forgotten. */
  constructor({ bytes, index, signal }: Batch, runs: RunLists) {
    runs.clear();
    this.runs = runs;
    this.index = index;
    this.source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#scopes = new Int32Array(index.scopeCount);
    this.#resources = new Int32Array(index.resourceCount);
    this.request =
      signal === 'profiles' ? this.#around(index.resources, 0, index.resourceCount, 0, bytes.length) : RunLists.empty;
  }

  scope(s: number): number {
    const known = at32(this.#scopes, s);
    if (known > 0) return known - 1;
    const { index } = this;
    const place = this.#around(
      index.items,
      index.firstItem(s),
      index.firstItem(s + 1),
      index.scopeFrom(s),
      index.scopeTo(s),
    );
    this.#scopes[s] = place + 1;
    return place;
  }

  resource(r: number): number {
    const known = at32(this.#resources, r);
    if (known > 0) return known - 1;
    const { index } = this;
    const place = this.#around(
      index.scopes,
      index.firstScope(r),
      index.firstScope(r + 1),
      index.resourceFrom(r),
      index.resourceTo(r),
    );
    this.#resources[r] = place + 1;
    return place;
  }

  /** The bytes of the request outside its resources. */
  get aroundResources(): number {
    const { index, source } = this;
    return this.#around(index.resources, 0, index.resourceCount, 0, source.length);
  }

  /** The bytes in `[start, end)` outside the messages of rows `[first, last)` of the index. */
  #around(rows: Int32Array, first: number, last: number, start: number, end: number): number {
    const { runs } = this;
    const place = runs.open(0);
    let at = start;
    for (let i = first * 4; i < last * 4; i += 4) {
      const tag = at32(rows, i);
      if (tag > at) runs.add(place, at, tag);
      at = at32(rows, i + 2);
    }
    if (end > at) runs.add(place, at, end);
    return runs.close(place);
  }
}

keepShape(new Frames(new Batch('traces', new Uint8Array(0), 0), new RunLists()));
