import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import type { Index } from '../wire/item-index.js';
import { varintSize } from '../wire/varint.js';
import type { InPieces } from '../work.js';
import { removed, restOf, someOf, type Changes } from './changes.js';
import type { Output } from './output.js';
import type { Runs } from './runs.js';

// The four signals number these fields alike.
const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');
const itemTag = tagOf('ScopeSpans', 'spans');

/** Rows of one piece of work: each takes some tens of nanoseconds when it is written. */
const rowsAtOnce = 1 << 15;

/**
 * Encodes a batch with its changes: a pass for the rows that are left, one for the sizes, and one for the bytes. Yields
 * after each piece of work. `unitsOf`: units of an item in a row that became a list; `addedUnitsOf`: units of the
 * items that were added to a scope that became one.
 */
export function* encoding(
  batch: Batch,
  changes: Changes,
  out: Output,
  unitsOf: (list: number, row: number) => number,
  addedUnitsOf: (list: number) => number = () => 0,
): InPieces<Batch> {
  const grown = new Set<number>();
  const units = yield* settling(batch, changes, grown, unitsOf, addedUnitsOf);
  const sizes = new Sizes(batch.index, changes, out.runs);
  out.open(Batch.allocate(yield* sizes.measuring(batch.bytes.length)));
  yield* new Writing(batch, changes, grown, sizes, out).all();
  return new Batch(batch.signal, out.finish(), units);
}

/**
 * Counts the units that are left, notes the scopes to which items were added in `grown`, and removes rows that this has
 * emptied: metrics without points, scopes without items, resources without scopes.
 */
function* settling(
  batch: Batch,
  changes: Changes,
  grown: Set<number>,
  unitsOf: (list: number, row: number) => number,
  addedUnitsOf: (list: number) => number,
): InPieces<number> {
  const { index } = batch;
  const { resources, scopes, items } = changes;
  let total = 0;
  let rows = 0;
  for (let r = 0; r < index.resourceCount; r++) {
    if (resources[r] === removed) continue;
    const lastScope = index.firstScope(r + 1);
    for (let s = index.firstScope(r); s < lastScope; s++) {
      if (scopes[s] === removed) continue;
      const lastItem = index.firstItem(s + 1);
      for (let i = index.firstItem(s); i < lastItem; i += rowsAtOnce) {
        const end = Math.min(lastItem, i + rowsAtOnce);
        total += settleItems(batch, items, i, end, unitsOf);
        rows += end - i;
      }
      const added = scopes[s] === 0 ? 0 : addedUnitsOf(at32(scopes, s));
      total += added;
      if (added > 0) grown.add(s);
      if (added === 0 && isEmptied(items, index.firstItem(s), lastItem)) scopes[s] = removed;
      if (++rows < rowsAtOnce) continue;
      rows = 0;
      yield;
    }
    if (isEmptied(scopes, index.firstScope(r), lastScope)) resources[r] = removed;
  }
  return total;
}

/** Units of the items `[first, last)`. */
function settleItems(
  batch: Batch,
  items: Int32Array,
  first: number,
  last: number,
  unitsOf: (list: number, row: number) => number,
): number {
  const { signal } = batch;
  let total = 0;
  for (let i = first; i < last; i++) {
    const list = at32(items, i);
    if (list === removed) continue;
    const before = batch.unitsIn(i, i + 1);
    const units = list === 0 ? before : unitsOf(list, i);
    if (signal === 'metrics' && units === 0 && before > 0) items[i] = removed;
    total += units;
  }
  return total;
}

/** Whether there were rows in `[from, to)` and all were removed. */
function isEmptied(rows: Int32Array, from: number, to: number): boolean {
  return to > from && restOf(rows, from, to) === 0;
}

/** Sizes of the bodies that are written anew: by row, -1 for a scope or resource in which nothing was changed. */
class Sizes {
  readonly scopes: Int32Array;
  readonly resources: Int32Array;
  readonly #index: Index;
  readonly #changes: Changes;
  readonly #runs: Runs;

  constructor(index: Index, changes: Changes, runs: Runs) {
    this.#index = index;
    this.#changes = changes;
    this.#runs = runs;
    this.scopes = new Int32Array(index.scopeCount).fill(-1);
    this.resources = new Int32Array(index.resourceCount).fill(-1);
  }

  /** Bytes of the batch, of which there were `before`. */
  *measuring(before: number): InPieces<number> {
    const index = this.#index;
    // Bytes outside resources: unknown fields, and the dictionary of profiles.
    let total = before;
    let rows = 0;
    for (let r = 0; r < index.resourceCount; r++) {
      const whole = index.resourceTo(r) - index.resourceTag(r);
      total -= whole;
      const list = at32(this.#changes.resources, r);
      if (list === removed) continue;
      let isChanged = list !== 0;
      let body = index.resourceTo(r) - index.resourceFrom(r);
      let rest = body;
      for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
        const size = index.scopeTo(s) - index.scopeTag(s);
        const after = this.#isChanged(s) ? yield* this.#scope(s) : size;
        isChanged ||= after !== size || this.scopes[s] !== -1;
        body += after - size;
        rest -= size;
        rows += index.firstItem(s + 1) - index.firstItem(s) + 1;
        if (rows < rowsAtOnce) continue;
        rows = 0;
        yield;
      }
      if (list !== 0) body += this.#runs.length(list) - rest;
      if (isChanged) this.resources[r] = body;
      total += isChanged ? framed(body) : whole;
    }
    return total;
  }

  #isChanged(s: number): boolean {
    const { scopes, items } = this.#changes;
    return scopes[s] !== 0 || someOf(items, this.#index.firstItem(s), this.#index.firstItem(s + 1));
  }

  /** Bytes of a scope with its tag; 0 when it was removed. */
  *#scope(s: number): InPieces<number> {
    const index = this.#index;
    const list = at32(this.#changes.scopes, s);
    if (list === removed) return 0;
    const last = index.firstItem(s + 1);
    let around = index.scopeTo(s) - index.scopeFrom(s);
    let body = 0;
    for (let i = index.firstItem(s); i < last; i += rowsAtOnce) {
      if (i > index.firstItem(s)) yield;
      const end = Math.min(last, i + rowsAtOnce);
      body += this.#items(i, end);
      for (let item = i; item < end; item++) around -= index.itemTo(item) - index.itemTag(item);
    }
    body += list === 0 ? around : this.#runs.length(list);
    this.scopes[s] = body;
    return framed(body);
  }

  /** Bytes of the items `[first, last)` that are left. */
  #items(first: number, last: number): number {
    const index = this.#index;
    const { items } = this.#changes;
    let bytes = 0;
    for (let i = first; i < last; i++) {
      const item = at32(items, i);
      if (item === 0) bytes += index.itemTo(i) - index.itemTag(i);
      else if (item !== removed) bytes += framed(this.#runs.length(item));
    }
    return bytes;
  }
}

/** Bytes of a message with a tag of one byte and its length. */
function framed(body: number): number {
  return 1 + varintSize(body) + body;
}

/** Writes the bytes outside resources, and the resources that are left. */
class Writing {
  readonly #batch: Batch;
  readonly #changes: Changes;
  /** Scopes to which items were added, which come after those that were there. */
  readonly #grown: ReadonlySet<number>;
  readonly #sizes: Sizes;
  readonly #out: Output;
  #rows = 0;

  constructor(batch: Batch, changes: Changes, grown: ReadonlySet<number>, sizes: Sizes, out: Output) {
    this.#batch = batch;
    this.#changes = changes;
    this.#grown = grown;
    this.#sizes = sizes;
    this.#out = out;
  }

  *all(): InPieces<void> {
    const { index, bytes } = this.#batch;
    const out = this.#out;
    let from = 0;
    for (let r = 0; r < index.resourceCount; r++) {
      out.copy(from, index.resourceTag(r));
      from = index.resourceTo(r);
      const size = at32(this.#sizes.resources, r);
      if (this.#changes.resources[r] === removed) continue;
      if (size < 0) out.copy(index.resourceTag(r), from);
      else {
        out.begin(resourceTag, size);
        yield* this.#resource(r);
      }
      if (++this.#rows < rowsAtOnce) continue;
      this.#rows = 0;
      yield;
    }
    out.copy(from, bytes.length);
  }

  /** Writes a resource's own fields where they stand among its scopes, or before them when they were changed. */
  *#resource(r: number): InPieces<void> {
    const { index } = this.#batch;
    const out = this.#out;
    const list = at32(this.#changes.resources, r);
    let from = index.resourceFrom(r);
    if (list !== 0) out.copyList(list);
    for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
      if (list === 0) out.copy(from, index.scopeTag(s));
      from = index.scopeTo(s);
      if (this.#changes.scopes[s] === removed) continue;
      const size = at32(this.#sizes.scopes, s);
      if (size < 0) out.copy(index.scopeTag(s), from);
      else {
        out.begin(scopeTag, size);
        yield* this.#scope(s);
      }
      if (++this.#rows < rowsAtOnce) continue;
      this.#rows = 0;
      yield;
    }
    if (list === 0) out.copy(from, index.resourceTo(r));
  }

  *#scope(s: number): InPieces<void> {
    const { index } = this.#batch;
    const out = this.#out;
    const list = at32(this.#changes.scopes, s);
    const last = index.firstItem(s + 1);
    let from = index.scopeFrom(s);
    const isGrown = this.#grown.has(s);
    if (list !== 0 && !isGrown) out.copyList(list);
    for (let i = index.firstItem(s); i < last; i += rowsAtOnce) {
      const end = Math.min(last, i + rowsAtOnce);
      from = this.#items(i, end, from, list === 0);
      this.#rows += end - i;
      if (this.#rows < rowsAtOnce) continue;
      this.#rows = 0;
      yield;
    }
    if (list === 0) out.copy(from, index.scopeTo(s));
    else if (isGrown) out.copyList(list);
  }

  /** Writes items and, with `around`, the bytes of the scope between them; returns the offset to go on from. */
  #items(first: number, last: number, start: number, around: boolean): number {
    const { index } = this.#batch;
    const { items } = this.#changes;
    const out = this.#out;
    let from = start;
    for (let i = first; i < last; i++) {
      if (around) out.copy(from, index.itemTag(i));
      from = index.itemTo(i);
      const item = at32(items, i);
      if (item === removed) continue;
      if (item === 0) out.copy(index.itemTag(i), from);
      else out.message(itemTag, item);
    }
    return from;
  }
}
