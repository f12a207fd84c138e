import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import type { Index } from '../wire/item-index.js';
import { varintSize } from '../wire/varint.js';
import { removed, restOf, someOf, type Changes } from './changes.js';
import { Output } from './output.js';
import type { Overlay } from './overlay.js';
import { unitsOf } from './units.js';

// The four signals number these fields alike.
const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');
const itemTag = tagOf('ScopeSpans', 'spans');

/** Encodes a batch with its changes: a pass for the rows that are left, one for the sizes, and one for the bytes. */
export function encode(batch: Batch, changes: Changes, overlay: Overlay): Batch {
  const units = settle(batch, changes, overlay);
  const sizes = new Sizes(batch, changes, overlay);
  const out = new Output(overlay, Batch.allocate(sizes.total));
  writeBatch(batch, changes, sizes, out);
  return new Batch(batch.signal, out.finish(), units);
}

/**
 * Counts the units that are left, and removes rows that this has emptied: metrics without points, scopes without items,
 * resources without scopes.
 */
function settle(batch: Batch, changes: Changes, overlay: Overlay): number {
  const { index, signal } = batch;
  const { resources, scopes, items } = changes;
  let total = 0;
  for (let r = 0; r < index.resourceCount; r++) {
    if (resources[r] === removed) continue;
    const lastScope = index.firstScope(r + 1);
    for (let s = index.firstScope(r); s < lastScope; s++) {
      if (scopes[s] === removed) continue;
      const lastItem = index.firstItem(s + 1);
      for (let i = index.firstItem(s); i < lastItem; i++) {
        const list = at32(items, i);
        if (list === removed) continue;
        const before = batch.unitsIn(i, i + 1);
        const units = list === 0 ? before : unitsOf(signal, overlay, list);
        if (signal === 'metrics' && units === 0 && before > 0) items[i] = removed;
        total += units;
      }
      if (isEmptied(items, index.firstItem(s), lastItem)) scopes[s] = removed;
    }
    if (isEmptied(scopes, index.firstScope(r), lastScope)) resources[r] = removed;
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
  readonly total: number;

  constructor({ index, bytes }: Batch, changes: Changes, overlay: Overlay) {
    const { runs } = overlay;
    this.scopes = new Int32Array(index.scopeCount).fill(-1);
    this.resources = new Int32Array(index.resourceCount).fill(-1);
    // Bytes outside resources: unknown fields, and the dictionary of profiles.
    let total = bytes.length;
    for (let r = 0; r < index.resourceCount; r++) {
      const whole = index.resourceTo(r) - index.resourceTag(r);
      total -= whole;
      const list = at32(changes.resources, r);
      if (list === removed) continue;
      const firstScope = index.firstScope(r);
      const lastScope = index.firstScope(r + 1);
      let isChanged = list !== 0;
      let body = index.resourceTo(r) - index.resourceFrom(r);
      let rest = body;
      for (let s = firstScope; s < lastScope; s++) {
        const before = index.scopeTo(s) - index.scopeTag(s);
        const after = this.#scope(s, index, changes, overlay);
        isChanged ||= after !== before || this.scopes[s] !== -1;
        body += after - before;
        rest -= before;
      }
      if (list !== 0) body += runs.length(list) - rest;
      if (isChanged) this.resources[r] = body;
      total += isChanged ? framed(body) : whole;
    }
    this.total = total;
  }

  /** Bytes of a scope with its tag; 0 when it was removed. */
  #scope(s: number, index: Index, changes: Changes, { runs }: Overlay): number {
    const list = at32(changes.scopes, s);
    const first = index.firstItem(s);
    const last = index.firstItem(s + 1);
    if (list === removed) return 0;
    if (list === 0 && !someOf(changes.items, first, last)) return index.scopeTo(s) - index.scopeTag(s);
    let body = index.scopeTo(s) - index.scopeFrom(s);
    let rest = body;
    for (let i = first; i < last; i++) {
      const before = index.itemTo(i) - index.itemTag(i);
      const item = at32(changes.items, i);
      const after = item === removed ? 0 : item === 0 ? before : framed(runs.length(item));
      body += after - before;
      rest -= before;
    }
    if (list !== 0) body += runs.length(list) - rest;
    this.scopes[s] = body;
    return framed(body);
  }
}

/** Bytes of a message with a tag of one byte and its length. */
function framed(body: number): number {
  return 1 + varintSize(body) + body;
}

/** Writes the bytes outside resources, and the resources that are left. */
function writeBatch(batch: Batch, changes: Changes, sizes: Sizes, out: Output): void {
  const { index, bytes } = batch;
  let from = 0;
  for (let r = 0; r < index.resourceCount; r++) {
    out.copy(from, index.resourceTag(r));
    from = index.resourceTo(r);
    const size = at32(sizes.resources, r);
    const list = at32(changes.resources, r);
    if (list === removed) continue;
    if (size < 0) out.copy(index.resourceTag(r), from);
    else {
      out.begin(resourceTag, size);
      writeResource(r, index, changes, sizes, out);
    }
  }
  out.copy(from, bytes.length);
}

/** Writes a resource's own fields where they stand among its scopes, or before them when they were changed. */
function writeResource(r: number, index: Index, changes: Changes, sizes: Sizes, out: Output): void {
  const list = at32(changes.resources, r);
  let from = index.resourceFrom(r);
  if (list !== 0) out.copyList(list);
  for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
    if (list === 0) out.copy(from, index.scopeTag(s));
    from = index.scopeTo(s);
    if (changes.scopes[s] === removed) continue;
    const size = at32(sizes.scopes, s);
    if (size < 0) out.copy(index.scopeTag(s), from);
    else {
      out.begin(scopeTag, size);
      writeScope(s, index, changes, out);
    }
  }
  if (list === 0) out.copy(from, index.resourceTo(r));
}

function writeScope(s: number, index: Index, changes: Changes, out: Output): void {
  const list = at32(changes.scopes, s);
  let from = index.scopeFrom(s);
  if (list !== 0) out.copyList(list);
  for (let i = index.firstItem(s); i < index.firstItem(s + 1); i++) {
    if (list === 0) out.copy(from, index.itemTag(i));
    from = index.itemTo(i);
    const item = at32(changes.items, i);
    if (item === removed) continue;
    if (item === 0) out.copy(index.itemTag(i), from);
    else out.message(itemTag, item);
  }
  if (list === 0) out.copy(from, index.scopeTo(s));
}
