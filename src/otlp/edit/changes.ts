import type { Index } from '../wire/item-index.js';

/** In place of the list of a row that was removed. */
export const removed = -1;

/** The state of each row of an index: 0 while unchanged, the list that the message became, or `removed`. */
export class Changes {
  resources: Int32Array = new Int32Array(16);
  scopes: Int32Array = new Int32Array(16);
  items: Int32Array = new Int32Array(1024);

  /** Forgets all changes, and makes room for the rows of an index. */
  reset({ resourceCount, scopeCount, itemCount }: Index): void {
    this.resources = cleared(this.resources, resourceCount);
    this.scopes = cleared(this.scopes, scopeCount);
    this.items = cleared(this.items, itemCount);
  }

  /** Whether anything was changed. */
  some({ resourceCount, scopeCount, itemCount }: Index): boolean {
    return (
      someOf(this.items, 0, itemCount) || someOf(this.scopes, 0, scopeCount) || someOf(this.resources, 0, resourceCount)
    );
  }
}

/** Whether a row in `[from, to)` was changed. */
export function someOf(rows: Int32Array, from: number, to: number): boolean {
  for (let row = from; row < to; row++) if (rows[row] !== 0) return true;
  return false;
}

/** How many rows in `[from, to)` were not removed. */
export function restOf(rows: Int32Array, from: number, to: number): number {
  let rest = 0;
  for (let row = from; row < to; row++) if (rows[row] !== removed) rest++;
  return rest;
}

function cleared(rows: Int32Array, count: number): Int32Array {
  // An array that one huge batch made grow is not kept for the next.
  if (rows.length < count || rows.length > 65_536) return new Int32Array(Math.max(count, 1024));
  return rows.fill(0, 0, count);
}
