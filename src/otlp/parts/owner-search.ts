import { at32 } from '../wire/at.js';
import type { Index } from '../wire/item-index.js';

/** Finds the rows of the index that own an item, for a walk that goes forward. */
export class OwnerSearch {
  /** Rows of the index that were looked at since the search was made. */
  steps = 0;

  /** The scope of an item: `from` or a later one. */
  scopeOf(index: Index, item: number, from: number): number {
    return this.#ownerOf(index.scopes, item, from);
  }

  /** The resource of a scope: `from` or a later one. */
  resourceOf(index: Index, scope: number, from: number): number {
    return this.#ownerOf(index.resources, scope, from);
  }

  /**
   * The owner is looked for in steps that double, then by halves: mostly it is the next row, but a batch may have as
   * many parts as scopes, each with items far from each other.
   */
  #ownerOf(rows: Int32Array, child: number, from: number): number {
    const count = rows.length >> 2;
    let row = from;
    let step = 1;
    for (; row + step < count && at32(rows, (row + step) * 4 + 3) <= child; step *= 2) {
      row += step;
      this.steps++;
    }
    for (let end = Math.min(row + step, count); end - row > 1; this.steps++) {
      const middle = (row + end) >> 1;
      if (at32(rows, middle * 4 + 3) <= child) row = middle;
      else end = middle;
    }
    this.steps++;
    return row;
  }
}
