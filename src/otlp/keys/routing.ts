import { Batch } from '../batch.js';
import { OwnerSearch } from '../parts/owner-search.js';
import { Index } from '../wire/item-index.js';
import { rowsAtOnce } from '../large.js';
import type { Work } from '../work.js';
import type { Owners, Route } from './route.js';

/** Routes a large batch in pieces, each of which is a batch over a part of its index. */
export class Routing implements Work {
  readonly #route: Route;
  readonly #batch: Batch;
  readonly #ring: Owners;
  readonly #partOf: Int32Array;
  readonly #rows: number;
  readonly #search: OwnerSearch = new OwnerSearch();
  /** The next row of each level, and the next unit. */
  #item = 0;
  #scope = 0;
  #resource = 0;
  #unit = 0;
  /** Items without a key so far. */
  lost = 0;

  /** `partOf` as `Route` has it; `rows`: items of a piece. */
  constructor(route: Route, batch: Batch, ring: Owners, partOf: Int32Array, rows: number = rowsAtOnce) {
    this.#route = route;
    this.#batch = batch;
    this.#ring = ring;
    this.#partOf = partOf;
    this.#rows = rows;
  }

  step(): boolean {
    const { signal, bytes, index } = this.#batch;
    if (this.#item >= index.itemCount) return false;
    const from = this.#item;
    const to = this.#end(from);
    const units = this.#batch.unitsIn(from, to);
    const piece = new Batch(signal, bytes, units, this.#indexOf(from, to));
    this.lost += this.#route(piece, this.#ring, this.#partOf.subarray(this.#unit, this.#unit + units));
    this.#item = to;
    this.#unit += units;
    return true;
  }

  /** The end of the piece that begins with item `from`. */
  #end(from: number): number {
    const { index } = this.#batch;
    const to = Math.min(index.itemCount, from + this.#rows);
    if (this.#route.byItem === true || to === index.itemCount) return to;
    // Back to where a scope begins, or on to the end of the only one.
    const last = this.#search.scopeOf(index, to, this.#scope);
    return index.firstItem(last) > from ? index.firstItem(last) : index.firstItem(last + 1);
  }

  /** The index of items `[from, to)` with their scopes and resources. */
  #indexOf(from: number, to: number): Index {
    const { index } = this.#batch;
    const scopes: number[] = [];
    const resources: number[] = [];
    let owner = -1;
    for (let item = from; item < to; item = index.firstItem(this.#scope + 1)) {
      this.#scope = this.#search.scopeOf(index, item, this.#scope);
      this.#resource = this.#search.resourceOf(index, this.#scope, this.#resource);
      if (this.#resource !== owner) {
        owner = this.#resource;
        resources.push(
          index.resourceTag(owner),
          index.resourceFrom(owner),
          index.resourceTo(owner),
          scopes.length >> 2,
        );
      }
      const scope = this.#scope;
      const first = Math.max(0, index.firstItem(scope) - from);
      scopes.push(index.scopeTag(scope), index.scopeFrom(scope), index.scopeTo(scope), first);
    }
    return new Index(Int32Array.from(resources), Int32Array.from(scopes), index.items.subarray(from * 4, to * 4));
  }
}
