import type { Batch } from '../batch.js';
import type { Index } from '../wire/item-index.js';
import { at32 } from '../wire/at.js';

/** Bytes of a message that belong to none of the messages in it that have rows of their own, as runs. */
export class Rest {
  /** Bytes of all runs. */
  readonly length: number;
  /** `from, to` of each run. */
  readonly #bounds: Int32Array;

  constructor(bounds: Int32Array) {
    this.#bounds = bounds;
    this.length = 0;
    for (let i = 0; i < bounds.length; i += 2) this.length += at32(bounds, i + 1) - at32(bounds, i);
  }

  /** Copies the runs to `out` from `at` on; the result is the offset behind them. */
  copy(source: Buffer, out: Buffer, at: number): number {
    for (let i = 0; i < this.#bounds.length; i += 2) {
      const from = at32(this.#bounds, i);
      const to = at32(this.#bounds, i + 1);
      source.copy(out, at, from, to);
      at += to - from;
    }
    return at;
  }
}

/**
 * The surroundings of a batch's items: what each resource and scope has beside its scopes and items, found when asked
 * for.
 */
export class Frames {
  readonly index: Index;
  readonly source: Buffer;
  /** The part of a request beside its resources that every part needs: the dictionary of profiles. */
  readonly request: Rest;
  readonly #scopes: (Rest | undefined)[];
  readonly #resources: (Rest | undefined)[];

  constructor({ bytes, index, signal }: Batch) {
    this.index = index;
    this.source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#scopes = new Array<Rest | undefined>(index.scopeCount);
    this.#resources = new Array<Rest | undefined>(index.resourceCount);
    const { resourceCount } = index;
    const from = (r: number): number => index.resourceTag(r);
    const to = (r: number): number => index.resourceTo(r);
    this.request =
      signal === 'profiles' ? between(0, bytes.length, 0, resourceCount, from, to) : new Rest(new Int32Array());
  }

  scope(s: number): Rest {
    return (this.#scopes[s] ??= this.#aroundItems(s));
  }

  resource(r: number): Rest {
    return (this.#resources[r] ??= this.#aroundScopes(r));
  }

  #aroundItems(s: number): Rest {
    const { index } = this;
    const from = (i: number): number => index.itemTag(i);
    const to = (i: number): number => index.itemTo(i);
    return between(index.scopeFrom(s), index.scopeTo(s), index.firstItem(s), index.firstItem(s + 1), from, to);
  }

  #aroundScopes(r: number): Rest {
    const { index } = this;
    const from = (s: number): number => index.scopeTag(s);
    const to = (s: number): number => index.scopeTo(s);
    return between(index.resourceFrom(r), index.resourceTo(r), index.firstScope(r), index.firstScope(r + 1), from, to);
  }
}

/** The bytes in `[start, end)` outside the rows `[first, last)`, whose bounds are `from` and `to`. */
function between(
  start: number,
  end: number,
  first: number,
  last: number,
  from: (row: number) => number,
  to: (row: number) => number,
): Rest {
  const bounds: number[] = [];
  let at = start;
  for (let row = first; row < last; row++) {
    if (from(row) > at) bounds.push(at, from(row));
    at = to(row);
  }
  if (end > at) bounds.push(at, end);
  return new Rest(Int32Array.from(bounds));
}
